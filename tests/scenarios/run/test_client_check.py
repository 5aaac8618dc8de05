"""What the machine cannot give is told before the run: open files, local ports, a loopback that answers."""

from __future__ import annotations

import errno
import resource
import socket
from contextlib import contextmanager

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput, LabError, RunFailed
from asgi_vs_wsgi.scenarios.load.client_errors import MOST, raise_open_files
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run import client_limits
from asgi_vs_wsgi.scenarios.run.client_limits import (
    check_client,
    check_loopback,
    limits_told,
    local_ports,
    most_at_once,
)


@pytest.fixture(scope="module")
def catalog():
    return load_catalog()


def experiment(catalog, scenario="slow-io", **options):
    return resolve(Options(scenario, **options), catalog)


@pytest.fixture
def allowed(monkeypatch):
    """So many open files, without touching this process's own limit."""

    def allow(files: int, ports: int = 28_000) -> None:
        monkeypatch.setattr(client_limits, "raise_open_files", lambda: files)
        monkeypatch.setattr(client_limits, "local_ports", lambda: ports)

    return allow


CASES = [
    ({"requests": 100}, 100, "--requests"),
    ({}, 32, ""),
    ({"arrivals": "closed", "concurrency": 70, "requests": 500}, 70, "--concurrency"),
    ({"arrivals": "closed", "concurrency": 70, "requests": 50}, 50, "--concurrency"),
    ({"ladder": (8, 200)}, 200, "--ladder"),
    ({"race": True}, 64, "--race"),
    ({"race": True, "requests": 100, "targets": ("uvicorn", "gunicorn-sync", "waitress")}, 300, "--requests"),
    ({"arrivals": "constant", "rate": 50.0, "duration_s": 2.0}, 0, ""),
]


@pytest.mark.parametrize(("options", "visitors", "asked_by"), CASES)
def test_who_is_certain_to_be_there_at_once(catalog, options, visitors, asked_by):
    assert most_at_once(experiment(catalog, **options)) == (visitors, asked_by)


def test_a_burst_of_another_class_counts_too(catalog):
    scenario = catalog.find("idle-connections")
    largest = max(each.load.requests or 0 for each in scenario.toml.visitors if each.load)
    assert most_at_once(experiment(catalog, "idle-connections")).visitors >= min(largest, 2)


@pytest.mark.parametrize(("options", "visitors", "asked_by"), [case for case in CASES if case[1]])
def test_too_few_files_are_one_line_that_names_option_and_way_out(catalog, allowed, options, visitors, asked_by):
    allowed(visitors + 5)
    with pytest.raises(LabError) as told:
        check_client(experiment(catalog, **options))
    assert isinstance(told.value, BadInput if asked_by else RunFailed)
    line = told.value.one_line()
    assert line.startswith(f"{asked_by}: {visitors}" if asked_by else f"{visitors} visitors")
    assert "ulimit -n" in line
    assert "\n" not in line
    allowed(visitors + 200)
    check_client(experiment(catalog, **options))


def test_too_few_ports_are_told_before_and_a_race_needs_them_for_each_server_alone(catalog, allowed):
    allowed(100_000, ports=50)
    with pytest.raises(BadInput, match="ip_local_port_range has 50"):
        check_client(experiment(catalog, requests=100))
    check_client(experiment(catalog, requests=50, race=True))


def test_the_kernel_tells_its_ports():
    assert 1 <= (local_ports() or 1) <= 65_536


@contextmanager
def limit(soft: int):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_low_soft_limit_is_raised_to_what_is_allowed_and_inherited():
    with limit(512) as hard:
        assert raise_open_files() == min(hard, MOST)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, MOST), hard)


def test_a_loopback_that_answers_is_nothing_to_tell():
    anyio.run(check_loopback)


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EPERM])
def test_a_loopback_that_does_not_is_told_by_its_errno(monkeypatch, number):
    def refuse(port: int = 0) -> socket.socket:
        raise OSError(number, "why")

    monkeypatch.setattr(client_limits, "listen", refuse)
    with pytest.raises(RunFailed, match=errno.errorcode[number]):
        anyio.run(check_loopback)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS])
def test_a_limit_that_stops_a_whole_run_is_one_line(number):
    with pytest.raises(RunFailed, match=errno.errorcode[number]), limits_told():
        raise OSError(number, "why")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EAGAIN, errno.EACCES, errno.EIO])
def test_errors_that_mean_something_else_pass(number):
    with pytest.raises(OSError, match="why") as told, limits_told():
        raise OSError(number, "why")
    assert told.value.errno == number
