"""What the lab tells a server's processes: whole, to nobody else, once, and in one line where the run is over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asgi_vs_wsgi.server_targets import worker_config as module
from asgi_vs_wsgi.server_targets.processes.server_process import clean_environment
from asgi_vs_wsgi.server_targets.worker_config import (
    VARIABLE,
    NoWorkerConfig,
    ProbeConfig,
    SiteConfig,
    WorkerConfig,
    worker_config,
)

FOLDER = "/where/\udcff is no UTF-8/ü"
CONFIG = WorkerConfig(
    ProbeConfig("/lab.sock", 1, "wsgiref.simple_server:demo_app", True, FOLDER, 4096, False),
    SiteConfig("slow-io", FOLDER, "view", {"io_ms": 40, "part": 0.5}, 8000, "secret", {"PASSWORD": "p"}, {"X": [1]}),
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration that is this process's."""
    path = tmp_path / "worker-0.json"
    CONFIG.write(path)
    monkeypatch.setenv(VARIABLE, str(path))
    worker_config.cache_clear()
    return path


@pytest.fixture(autouse=True)
def _forgotten():
    yield
    worker_config.cache_clear()


def python(*arguments: str, path: Path | str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment({VARIABLE: str(path)})
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_what_is_written_is_what_is_read(path):
    assert worker_config() == CONFIG
    assert [type(value) for value in worker_config().site.parameters.values()] == [int, float]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_it_whatever_the_users_mask_is(tmp_path, umask):
    before = os.umask(umask)
    try:
        CONFIG.write(tmp_path / "one")
    finally:
        os.umask(before)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def test_it_is_read_once(path):
    config = worker_config()
    path.unlink()
    assert worker_config() is config


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_views_read_parameters_in_processes_of_their_own(path, how):
    code = f"""
import multiprocessing
from asgi_vs_wsgi.views import parameter
if __name__ == "__main__":
    with multiprocessing.get_context({how!r}).Pool(1) as pool:
        print(pool.apply(parameter, ("io_ms",)))
"""
    program = path.with_name("program.py")
    program.write_text(code)
    done = python(str(program), path=path)
    assert done.stdout == "40\n", done.stderr


def gone(path: Path) -> tuple[Path, str]:
    path.unlink()
    return path, "the run is over: "


def not_ours(path: Path) -> tuple[Path, str]:
    return path.parent, f"{path.parent} cannot be read: "


@pytest.mark.parametrize("what", [gone, not_ours])
def test_a_worker_that_finds_none_says_so_in_one_line_and_is_not_started_again(path, what):
    other, words = what(path)
    code = "from asgi_vs_wsgi.server_targets.probe.entry import load; load('wsgi')"
    done = python("-c", code, path=other)
    assert done.returncode == 3  # gunicorn starts one that ends otherwise again and again
    (line,) = done.stderr.splitlines()
    assert line.startswith(words)


def test_outside_of_a_run_it_is_named_what_is_missing(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(NoWorkerConfig, match=VARIABLE):
        worker_config()


def test_it_needs_the_standard_library_alone():
    """The probe imports it inside other people's projects."""
    code = f"""
import json, sys
before = set(sys.modules)
import {module.__name__}
roots = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(json.dumps(sorted(roots - sys.stdlib_module_names)))
"""
    assert json.loads(python("-c", code, path="").stdout) == ["asgi_vs_wsgi"]
