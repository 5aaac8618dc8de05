"""What was run, and on what."""

from __future__ import annotations

from collections.abc import Iterator

from asgi_vs_wsgi.scenarios.results import LoadResult, RunResult, TargetResult
from asgi_vs_wsgi.tui.text.numbers import count, per_second

MODES = {"race": "a race: all targets at once, the numbers are indicative", "measure": "measured one after another"}


def load_line(result: RunResult, others: int = 0) -> str:
    """`io_ms=200 · burst of 32 visitors (open) · measured one after another`; `others` come beside the load."""
    parts = [f"{name}={value:g}" for name, value in result.parameters.items()]
    more = f", and {count(others, 'visitor')} of other kinds" if others else ""
    parts.append(f"{' '.join(_load_words(result.load))} ({result.load.loop}){more}")
    parts.append(f"seed {result.load.seed}, time limit {result.load.timeout_s:g} s")
    rounds = max((one.round for one in result.rounds), default=1)
    parts.append(MODES[result.mode] + (f", median of {rounds} rounds" if rounds > 1 else ""))
    return " · ".join(parts)


def _load_words(load: LoadResult) -> Iterator[str]:
    if load.concurrency is not None:
        yield f"{count(load.concurrency, 'visitor')} at a time, each waits for its answer,"
    elif load.rate is not None:
        yield f"{load.arrivals} arrivals, {per_second(load.rate)},"
    else:
        yield "a burst of"
    if load.requests is not None:
        yield count(load.requests, "request" if load.concurrency else "visitor")
    if load.duration_s is not None:
        yield f"for {load.duration_s:g} s"


def environment_line(result: RunResult) -> str:
    """`Python 3.11.7 with a GIL, Django 5.2.19, …`."""
    known = result.environment
    parts = [f"Python {known['python']} {'with' if known['gil'] else 'without'} a GIL"]
    parts += [f"{words} {known[key]}" for key, words in (("django", "Django"), ("asgiref", "asgiref")) if known[key]]
    parts += [f"{target.server} {_version(target)}" for target in {t.server: t for t in result.targets}.values()]
    return ", ".join([*parts, count(known["cores"], "core"), str(known["platform"])])


def _version(target: TargetResult) -> str:
    """With what it runs on: `0.54.0 (uvloop, httptools)`."""
    parts = [part for part in (target.loop, target.http) if part]
    return f"{target.version} ({', '.join(parts)})" if parts else target.version
