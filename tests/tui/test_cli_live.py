from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.live

COMMAND = [sys.executable, "-m", "asgi_vs_wsgi"]


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"XDG_CONFIG_HOME": "/nonexistent"},
    )


def finished(*arguments: str) -> tuple[int, str, str]:
    with started(*arguments) as process:
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


def shape(value: object) -> object:
    """The keys of a document, all the way down; of a list its first entry."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_json_is_one_document_in_the_form_of_the_contract_and_every_worker_is_told_ready() -> None:
    code, out, err = finished("run", "slow-io", "--requests", "8", "--set", "io_ms=20", "--rounds", "2", "--json")
    assert code == 0
    document = json.loads(out)
    assert document["schema"] == "asgi-vs-wsgi-tui/run/1"
    assert document["parameters"] == {"io_ms": 20}
    assert document["load"]["loop"] == "open"
    assert [target["name"] for target in document["targets"]] == ["gunicorn-sync", "uvicorn"]
    assert len(document["rounds"]) == 4
    for target in document["targets"]:
        counts = target["requests"]
        assert counts["planned"] == counts["completed"] == 8
        assert sum(target["states_ms"].values()) == pytest.approx(target["latency_ms"]["mean"])
        assert sum(worker["requests"] for worker in target["workers_seen"]) == 8
        assert target["telemetry"]["lost"] == 0
        assert target["law"]["name"] in ("one-per-worker", "all-at-once")
        assert {"predicted_makespan_s", "holds"} <= set(target["law"])
    assert len(re.findall(r"^ready (gunicorn-sync|uvicorn) \d+$", err, re.MULTILINE)) == 4
    both = [shape(target) for target in document["targets"]]
    assert set(both[0]) == set(both[1])  # type: ignore[call-overload]


def test_without_a_terminal_the_default_scenario_is_reported_as_plain_text() -> None:
    code, out, err = finished()
    assert code == 0
    assert out.startswith("Slow I/O\n")
    assert "law one-per-worker predicts" in out
    assert re.search(r"^(Verdict|No verdict) on p95 latency", out, re.MULTILINE)
    assert err.startswith("asgi-vs-wsgi-tui: no terminal to open the laboratory in, so slow-io is run\n")
    assert "\x1b" not in out + err


def test_ctrl_c_ends_a_run_with_130_and_one_line() -> None:
    with started("run", "slow-io", "--set", "io_ms=2000") as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        next(line for line in lines if line.startswith("measuring"))
        process.send_signal(signal.SIGINT)
        rest = list(lines)
        assert process.wait(30) == 130
    assert rest[-1] == "asgi-vs-wsgi-tui: interrupted\n"
    assert not any("Traceback" in line for line in rest)


def test_a_served_target_answers_at_the_url_on_the_first_line_until_ctrl_c() -> None:
    with started("serve", "slow-io", "--target", "uvicorn:1", "--set", "io_ms=1") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with urlopen(url, timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 0


@pytest.mark.parametrize("server", ["uvicorn", "granian-asgi"])
def test_a_port_that_is_taken_is_bad_input_and_names_the_option(server: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = finished("serve", "slow-io", "--target", server, "--port", str(port))
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == (
        f"asgi-vs-wsgi-tui: --port {port}: Address already in use (leave it out and a free one is picked)"
    )
