"""Saved runs with rounds of their own, what `check` says of them, and claims that hold, fail or stay open."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.build_document import figures_of_rounds
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import (
    RoundFigures,
    RunResult,
)
from asgi_vs_wsgi.scenarios.results.outcome import Outcome, PartialRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.tui.cli import cli
from asgi_vs_wsgi.tui.errors import run_command

RECORDED = Path(__file__).parent / "recordings" / "slow-io.avw"
"""Three rounds, saved before each round's figures were."""
SCENARIO = load_catalog().find("slow-io")
P95 = "latency_ms.p95"


@cache
def recorded() -> RunResult:
    return read_run(RECORDED).result


def saved(folder: Path, result: RunResult, rounds: list[RoundFigures], stopped: PartialRun | None = None) -> str:
    file = folder / "run.avw"
    write_run(file, SCENARIO, Outcome(result, read_run(RECORDED).undecoded(), stopped, rounds=rounds))
    return str(file)


def rounds_of(result: RunResult, *changes: dict[str, float], **marks: object) -> list[RoundFigures]:
    """A round for each of `changes`, which say of `uvicorn` how many times its figure of the run a figure was."""
    made = []
    for number, change in enumerate(changes, 1):
        for each in figures_of_rounds([result.targets], SCENARIO.toml.targets):
            times = change if each.target == "uvicorn" else {}
            figures = {path: value * times.get(path, 1) for path, value in each.figures.items()}
            made.append(replace(each, round=number, figures=figures, **marks))
    return made


def with_target(result: RunResult, name: str, **changed: object) -> RunResult:
    targets = [replace(each, **changed) if each.name == name else each for each in result.targets]
    return replace(result, targets=targets)


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return called(capsys, "check", *arguments)


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    before = dict(os.environ)
    code = run_command(cli, arguments)
    os.environ.update(before)  # it drops what Textual reads, the picture tests' own too
    out, err = capsys.readouterr()
    return code, out, err


HOLDS = (
    "uvicorn/latency_ms.p95 < 0.5 * gunicorn-sync/latency_ms.p95",
    "uvicorn/latency_ms.p95 < 50% * gunicorn-sync/latency_ms.p95",
    "uvicorn/latency_ms.max <= gunicorn-sync/latency_ms.max",
    "uvicorn/latency_ms.p95 < 1s",
    "gunicorn-sync/makespan_s > 3s",
    "gunicorn-sync/makespan_s > 3",
    "gunicorn-sync/latency_ms.max <= 1.1 * gunicorn-sync/makespan_s",
    "uvicorn/requests.failed == 0",
    "uvicorn/requests.completed == gunicorn-sync/requests.planned",
    "uvicorn/throughput_rps > 50/s",
    "uvicorn/workers_seen.max.rss_peak_mb < 1GiB",
    "gunicorn-sync/workers_seen.min.blocked_share > 80%",
    "uvicorn/classes.all.latency_ms.p50 < 1s",
)
FAILS = (
    "uvicorn/latency_ms.p95 > gunicorn-sync/latency_ms.p95",
    "uvicorn/latency_ms.p95 < 100ms",
    "uvicorn/makespan_s >= 1_000ms",
    "uvicorn/requests.failed > 0",
    "gunicorn-sync/throughput_rps >= 2 * uvicorn/throughput_rps",
    "uvicorn/workers_seen.max.rss_peak_mb < 1KiB",
)
UNDECIDED = (
    "uvicorn/latency_ms.p95 < 300ms",
    "uvicorn/latency_ms.p95 > 300ms",
    "uvicorn/latency_ms.p95 < 0.1 * gunicorn-sync/latency_ms.p95",
    "gunicorn-sync/latency_ms.p95 > 10 * uvicorn/latency_ms.p95",
)
UNMEASURED = ("uvicorn/connections.peak < 4", "uvicorn/requests.completed <= 2 * uvicorn/http_connections.made")
