"""A worker that really crashes: the run says by which signal, that it may be ours, and how to run without our part."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.tui.report.findings import warnings

pytestmark = pytest.mark.live

VIEWS = {"gunicorn-sync": "crashes", "uvicorn": "crashes_on_the_loop"}


@pytest.mark.parametrize("server", VIEWS)
def test_a_worker_that_crashes_in_the_run_is_told_with_its_signal(server, run_view):
    result = run_view(VIEWS[server], server, workers=2, requests=60, parameters=("ms=22",), timeout_s=5.0).result
    assert result.targets[0].crash == "SIGSEGV"
    (words,) = [line for line in warnings(result) if "SIGSEGV" in line]
    assert "--no-lines" in words
    assert "may be our looking" in words


@pytest.mark.parametrize("server", VIEWS)
def test_a_worker_that_crashes_while_it_is_warmed_up_is_told_too(server, run_view):
    with pytest.raises(RunFailed) as caught:
        run_view(VIEWS[server], server, requests=8, parameters=("ms=1",), timeout_s=2.0)
    assert "SIGSEGV" in caught.value.hint
    assert "--no-lines" in caught.value.hint


def test_a_run_without_lines_has_states_and_no_blame_and_is_not_told_to_leave_them_out(run_view):
    (result,) = run_view("sleeps", "gunicorn-sync", requests=2, lines=False).result.targets
    assert result.blame == []
    assert result.telemetry.reads_lines is False
    assert result.states_ms["blocked"] > 90
    with pytest.raises(RunFailed) as caught:
        run_view("crashes", "gunicorn-sync", requests=8, parameters=("ms=1",), timeout_s=2.0, lines=False)
    assert "SIGSEGV" in caught.value.hint
    assert "--no-lines" not in caught.value.hint


def test_the_environment_says_the_same_for_all_that_have_no_such_option(run_view, monkeypatch):
    monkeypatch.setenv("ASGI_VS_WSGI_NO_LINES", "1")
    (result,) = run_view("sleeps", "uvicorn", requests=2, parameters=("ms=50",)).result.targets
    assert result.telemetry.reads_lines is False
    assert result.blame == []
