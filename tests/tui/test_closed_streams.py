"""A shell may start us with stdin, stdout or stderr closed: the next file opened must not be taken for one of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = "run slow-io --requests 2 --set io_ms=10 --target uvicorn:1"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", ["list", "list --json"])
def test_what_needs_no_run_ends_well(arguments, closed):
    assert shell(arguments, closed).returncode == 0


@pytest.mark.live
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_run_is_a_run(closed):
    assert shell(f"{RUN} --json", closed).returncode == 0


def shell(arguments: str, closed: str) -> subprocess.CompletedProcess[bytes]:
    line = f"{sys.executable} -m asgi_vs_wsgi {arguments} {closed}"
    return subprocess.run(["sh", "-c", line], capture_output=True, check=False, timeout=60)
