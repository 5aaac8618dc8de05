"""What a run is about, in the few words of a header: `32 visitors · 200 ms`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.storage.history_entry import beside
from asgi_vs_wsgi.tui.text.numbers import count, per_second


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
