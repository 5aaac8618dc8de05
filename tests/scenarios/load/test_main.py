"""`python -m asgi_vs_wsgi.scenarios.load`: the driver alone, from the command line."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import anyio
import pytest

from asgi_vs_wsgi.scenarios.load.__main__ import parse_url

pytestmark = pytest.mark.anyio

FIGURES = {"min", "p50", "p75", "p90", "p95", "p99", "max", "mean"}


async def run(*arguments):
    command = [sys.executable, "-m", "asgi_vs_wsgi.scenarios.load", *map(str, arguments)]
    with anyio.fail_after(60):
        done = await anyio.run_process(command, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("keep_alive", [(), ("--keep-alive",)])
async def test_it_prints_one_json_object_with_its_figures(serving, hello, keep_alive):
    async with serving(hello) as server:
        url = f"http://127.0.0.1:{server.port}/page?a=1"
        code, out, err = await run(url, "--requests", 200, "--concurrency", 5, "--json", *keep_alive)
    figures = json.loads(out)
    assert (code, err) == (0, "")
    assert (figures["requests"], figures["completed"], figures["failed"]) == (200, 200, 0)
    assert figures["requests_per_cpu_s"] == pytest.approx(200 / figures["cpu_s"])
    assert figures["rps"] == pytest.approx(200 / figures["wall_s"])
    assert set(figures["latency_ms"]) == FIGURES
    assert figures["latency_ms"]["min"] <= figures["latency_ms"]["p50"] <= figures["latency_ms"]["max"]
    assert server.heads[0].startswith(b"GET /page?a=1 HTTP/1.1\r\n")
    assert server.connections == (5 if keep_alive else 200)


async def test_a_drive_on_which_everybody_fails_is_told_too(unused_port):
    code, out, err = await run(f"http://localhost:{unused_port}", "--requests", 3, "--json")
    figures = json.loads(out)
    assert (code, err) == (0, "")
    assert (figures["completed"], figures["failed"], figures["errors"]) == (0, 3, {"refused": 3})
    assert figures["latency_ms"] is None


async def test_without_json_it_prints_lines_for_people(serving, hello):
    async with serving(hello) as server:
        code, out, _ = await run(f"http://127.0.0.1:{server.port}", "--requests", 3)
    assert code == 0
    assert "completed            3\n" in out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("http://192.0.2.1/", "--requests", 1), "127."),
        (("http://example.com/", "--requests", 1), "localhost"),
        (("https://127.0.0.1/", "--requests", 1), "http://"),
        (("http://[::1]/", "--requests", 1), "127."),
        (("http://127.0.0.1:99999/", "--requests", 1), "ort"),
        (("http://127.0.0.1:0/", "--requests", 1), "ort"),
        (("http://127.0.0.1:80/a b", "--requests", 1), "path"),
        (("http://127.0.0.1/", "--requests", 0), "requests"),
        (("http://127.0.0.1/", "--requests", "many"), "--requests"),
        (("http://127.0.0.1/", "--requests", 1, "--concurrency", 0), "concurrency"),
        (("http://127.0.0.1/", "--requests", 1, "--timeout", "nan"), "timeout"),
        (("http://127.0.0.1/",), "--requests"),
        ((), "url"),
    ],
)
async def test_bad_input_is_refused_with_one_line(arguments, word):
    code, out, err = await run(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert word in err


async def test_ctrl_c_ends_it_without_a_traceback(serving):
    async def talk(peer):
        await peer.request()
        await peer.request()

    async with serving(talk) as server:
        command = [
            sys.executable,
            "-m",
            "asgi_vs_wsgi.scenarios.load",
            f"http://127.0.0.1:{server.port}",
            "--requests",
            "3",
        ]
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        with anyio.fail_after(30):
            while not server.ids:
                await anyio.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, err = await process.communicate()
    assert (process.returncode, err) == (130, b"")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000, "/")),
        ("http://localhost:8000/a/b?c=d", ("127.0.0.1", 8000, "/a/b?c=d")),
        ("http://127.3.2.1/", ("127.3.2.1", 80, "/")),
    ],
)
def test_a_url_is_taken_apart(url, parts):
    assert parse_url(url) == parts
