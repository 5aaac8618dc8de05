"""Live servers that may not open /proc/self/task/*/syscall, as under gVisor: the figures say what is not known.

The file is hidden by a library that is loaded before the C library's and refuses to open it, so everything above is
the real thing: the worker, its probe, its threads, the lab.
"""

from __future__ import annotations

import errno
import shutil
import subprocess

import pytest
from settled_spans import settle

from asgi_vs_wsgi.scenarios.trace.states import NOT_SHOWN, UNTOLD, State
from asgi_vs_wsgi.tui.report.findings import warnings

pytestmark = [pytest.mark.live, pytest.mark.skipif(not shutil.which("gcc"), reason="no C compiler here")]

HIDES = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    size_t length = strlen(path);
    if (length > 8 && strcmp(path + length - 8, "/syscall") == 0) {
        errno = HOW;
        return -1;
    }
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}
"""


@pytest.fixture(params=[errno.ENOENT, errno.EACCES], ids=errno.errorcode.get)
def hidden(request, tmp_path, monkeypatch):
    source, library = tmp_path / "hides.c", tmp_path / "hides.so"
    source.write_text(HIDES)
    subprocess.run(["gcc", "-shared", "-fPIC", f"-DHOW={request.param}", source, "-o", library, "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))


def test_a_sync_view_that_sleeps_is_not_said_to_be_stalled(hidden, run_view):
    result = run_view("sleeps", "gunicorn-sync", requests=2).result
    (target,) = result.targets
    assert target.states_ms["blocked"] is target.states_ms["stalled"] is None
    inside = target.states_ms[UNTOLD] + target.states_ms["running"]
    assert target.states_ms[UNTOLD] > 0.5 * inside
    assert sum(filter(None, target.states_ms.values())) == pytest.approx(target.latency_ms.mean, rel=1e-6)
    assert [worker.blocked_share for worker in target.workers_seen] == [None]
    assert target.telemetry.shows_calls is False
    assert {line.state for line in target.blame} <= {"running", "blocked_or_stalled"}
    assert any("sleeps" in line.where and line.state == "blocked_or_stalled" for line in target.blame)
    assert [line for line in warnings(result) if NOT_SHOWN in line] == [f"Note: {NOT_SHOWN}"]


def test_those_whose_loop_is_held_are_told_apart_in_what_is_drawn(hidden, run_view):
    outcome = run_view("holds_the_loop", "uvicorn", requests=4)
    (target,), (trace,) = outcome.result.targets, outcome.traces
    assert target.states_ms["stalled"] is None
    drawn = [
        span.state
        for row in range(len(trace.visits))
        for span in settle(trace.life(row, trace.visits.done_ns[row]), trace.handling(row))
    ]
    assert {State.STALLED, State.BLOCKED_OR_STALLED} <= set(drawn)
    assert State.BLOCKED not in drawn
