"""What the load driver costs: requests per CPU-second against wrk's, on the same trivial server, in turn.

CPU is user and system time of the whole generator process, by the kernel (wait4). wrk is Debian's package;
Locust is measured too where its command is on the PATH (`pip install locust`; it is no dependency of ours).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from figures import Figure

PAIRS = 5
CONNECTIONS = 50
KEPT_REQUESTS = 200_000
CLOSED_REQUESTS = 40_000
WRK_S = 2
WHAT = "requests per CPU-second, ours / wrk -t1"
LOCUST_S = (3, 12)
LOCUST_WHAT = "requests per CPU-second, ours / FastHttpUser's, kept alive"


def measure(pairs: int = PAIRS) -> list[Figure]:
    """Kept alive and with a connection per request; nothing where wrk is not installed."""
    if not shutil.which("wrk"):
        return []
    server = subprocess.Popen([sys.executable, Path(__file__).with_name("hello_server.py")], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/"
        kept = _median_ratio(url, KEPT_REQUESTS, pairs, keep_alive=True)
        closed = _median_ratio(url, CLOSED_REQUESTS, pairs, keep_alive=False)
        against_locust = _driver(url, KEPT_REQUESTS, keep_alive=True) / _locust(url) if shutil.which("locust") else None
    finally:
        server.kill()
        server.wait()
    return [
        Figure("driver, kept alive", kept, 0.8, WHAT),
        Figure("driver, a connection per request", closed, 0.65, WHAT),
        *([Figure("driver, against Locust", against_locust, 12, LOCUST_WHAT)] if against_locust else []),
    ]


def _median_ratio(url: str, requests: int, pairs: int, *, keep_alive: bool) -> float:
    ratios = []
    for pair in range(pairs):
        if pair % 2:
            theirs, ours = _wrk(url, keep_alive=keep_alive), _driver(url, requests, keep_alive=keep_alive)
        else:
            ours, theirs = _driver(url, requests, keep_alive=keep_alive), _wrk(url, keep_alive=keep_alive)
        ratios.append(ours / theirs)
    return statistics.median(ratios)


def _driver(url: str, requests: int, *, keep_alive: bool) -> float:
    command = [sys.executable, "-m", "asgi_vs_wsgi.scenarios.load", url, "--requests", str(requests), "--json"]
    command += ["--concurrency", str(CONNECTIONS), *(["--keep-alive"] if keep_alive else [])]
    output, cpu_s = _timed(command)
    completed = json.loads(output)["completed"]
    assert completed == requests
    return float(completed) / cpu_s


def _wrk(url: str, *, keep_alive: bool) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_S}s", url]
    command += [] if keep_alive else ["-H", "Connection: close"]
    output, cpu_s = _timed(command)
    found = re.search(r"(\d+) requests in", output)
    assert found
    return int(found[1]) / cpu_s


def _locust(url: str) -> float:
    """Requests per CPU-second, from the difference of a long and a short run: its start costs seconds."""
    (few, few_cpu_s), (many, many_cpu_s) = (_locust_run(url, seconds) for seconds in LOCUST_S)
    return (many - few) / (many_cpu_s - few_cpu_s)


def _locust_run(url: str, seconds: int) -> tuple[int, float]:
    file = str(Path(__file__).with_name("locust_user.py"))
    options = ["--headless", "--users", str(CONNECTIONS), "--spawn-rate", str(CONNECTIONS), "--only-summary"]
    output, cpu_s = _timed(["locust", "-f", file, "--host", url.rstrip("/"), "-t", f"{seconds}s", *options])
    found = re.search(r"Aggregated\s+(\d+)", output)
    assert found, output
    return int(found[1]), cpu_s


def _timed(command: list[str]) -> tuple[str, float]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return output, usage.ru_utime + usage.ru_stime
