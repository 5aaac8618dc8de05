"""What a run is about and what it ran on: in the few words of a header, and in a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from asgi_vs_wsgi.scenarios.storage.history_entry import beside
from asgi_vs_wsgi.tui.text.numbers import count, per_second

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario
    from asgi_vs_wsgi.scenarios.results import LoadResult, RunResult, TargetResult


class Set(Protocol):
    """The settings of a run, or of a tournament."""

    @property
    def load(self) -> LoadResult:
        """Who came."""

    @property
    def parameters(self) -> dict[str, int | float]:
        """The scenario's own numbers."""


def setting(scenario: Scenario, as_run: Set | None = None) -> list[str]:
    """Who comes, and the scenario's own numbers; those of a run where it is known."""
    if as_run is not None:
        return [visitor_words(as_run.load, beside(scenario)), *parameter_words(as_run.parameters)]
    values = {name: parameter.default for name, parameter in scenario.toml.parameters.items()}
    return [visitor_words(scenario.toml.load, beside(scenario)), *parameter_words(values)]


def visitor_words(load: Load | LoadResult, others: int) -> str:
    """All who come, as they are counted on the panes: `32 visitors`, `8 visitors in turn`, `50/s for 10 s`."""
    if load.concurrency is not None:
        return f"{count(load.concurrency, 'visitor')} in turn"
    if load.rate is not None:
        return f"{per_second(load.rate)} for {load.duration_s:g} s" if load.duration_s else per_second(load.rate)
    return count((load.requests or 0) + others, "visitor")


def parameter_words(values: Mapping[str, int | float]) -> Iterator[str]:
    """`200 ms` where there is one that is a time, else `io 200 ms`, `rows 12`."""
    for name, value in values.items():
        plain = name.removesuffix("_ms")
        words = f"{value:g} ms" if plain != name else f"{value:g}"
        yield words if plain != name and len(values) == 1 else f"{plain.replace('_', ' ')} {words}"


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
