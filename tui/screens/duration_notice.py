"""How long what takes minutes will take, before it begins: a tournament, or a ladder; and, in the form of `x`, a run.

╭─ Tournament ──────────────────────────────────────────────────────╮
│ Slow I/O on 13 servers, each started anew, in 3 rounds.           │
│ 39 measurements: about 2 minutes (as earlier runs took).          │
╰────────────────────────────── enter begins   esc leaves it ───────╯
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.duration_estimate import (
    GUESS,
    Estimate,
    Known,
    Otherwise,
    ladder_estimate,
    run_estimate,
    tournament_estimate,
)
from asgi_vs_wsgi.scenarios.planning.load import ladder_steps
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, user_history
from asgi_vs_wsgi.scenarios.storage.history_entry import TOURNAMENT
from asgi_vs_wsgi.scenarios.wording import count, listed
from asgi_vs_wsgi.tui.modes.what_if_simulated import load_words
from asgi_vs_wsgi.tui.screens.keys import DIGITS_IN_BOXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual.app import ComposeResult

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.storage.history_entry import HistoryEntry, RunOutline
    from asgi_vs_wsgi.tui.modes.what_if_simulated import Promise
    from asgi_vs_wsgi.tui.playback.background_sizing import SizePromise

KEYS = "enter begins   esc leaves it"
MINUTE_S = 60
ALONE = "Leave the machine alone meanwhile: what else runs on it is measured too."


class DurationNotice(ModalScreen[bool]):
    """Ends with whether it is to begin."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", "begin", tooltip="Begin"),
        Binding("escape,q,t,l", "answer(False)", "close", key_display="esc", tooltip="Leave it"),
        *DIGITS_IN_BOXES,
    ]

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._words = Content("\n").join([Content(line) for line in lines])

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical(id="plan") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = KEYS
            yield Static(self._words)

    def action_answer(self, begin: bool) -> None:
        """Close, once: a second key may have come before the first one closed it."""
        if self.app.screen is self:
            self.dismiss(begin)


# ---- what is told


def about(seconds: float) -> str:
    """Roughly: `20 seconds`, `2 minutes`; nobody can tell it better."""
    if seconds < 0.75 * MINUTE_S:
        return count(max(5, 5 * round(seconds / 5)), "second")
    if seconds < 1.75 * MINUTE_S:
        halves = round(2 * seconds / MINUTE_S)
        return {2: "1 minute", 3: "1½ minutes"}.get(halves, "1 minute")
    return count(round(seconds / MINUTE_S), "minute")


def tournament_lines(scenario: Scenario, catalog: Catalog, options: Options) -> list[str]:
    """BadInput where none can be held."""
    from asgi_vs_wsgi.scenarios.tournament.tournament import entrants  # runs one, too: not needed for the first screen

    taking_part, missing = entrants(options, catalog)
    servers = [experiment.targets[0].server for experiment in taking_part]
    estimate = tournament_estimate(scenario.toml.load, servers, known_durations(scenario))
    what = f"{scenario.toml.title} on {count(len(servers), 'server')}, each started anew, in {estimate.rounds} rounds."
    out = [f"{count(len(missing), 'server')} more cannot take part."] if missing else []
    return [what, *out, "", *_how_long(estimate)]


def ladder_lines(scenario: Scenario) -> list[str]:
    """Its steps, of each target."""
    load, targets = scenario.toml.load, [target.name for target in scenario.toml.targets]
    estimate = ladder_estimate(load, targets, known_durations(scenario))
    steps = listed(map(str, ladder_steps(load)))
    return [f"{scenario.toml.title} with {steps} visitors, on {listed(targets)}.", "", *_how_long(estimate)]


def measure_lines(promise: Promise, scenario: Scenario) -> list[str]:
    """Of what What-if has predicted; BadInput where that cannot be run."""
    answer, options = promise.answer, promise.options(scenario)
    slowest_s = sum(one.makespan_s for one in answer.targets)
    words = f"about {about(slowest_s + START_S * len(answer.targets))} in one round, as it is simulated to take."
    return [
        f"{load_words(answer.load)[:1].upper()}{load_words(answer.load)[1:]}, live." if answer.load else "Live.",
        f"Targets: {' '.join(options.targets)}",
        *([f"Parameters: {' '.join(options.parameters)}"] if options.parameters else []),
        "",
        f"{count(len(options.targets), 'measurement')}: {words}",
        ALONE,
        "The result stands beside what is PREDICTED now.",
    ]


def size_lines(promise: SizePromise) -> list[str]:
    """Of the best two of a sizing."""
    options, load = promise.live, promise.load
    each_s = load.duration_s or (load.requests or 0) / (load.rate or 1)
    words = f"about {about(len(options.targets) * (each_s + START_S))} in one round."
    return [
        f"{load_words(load)[:1].upper()}{load_words(load)[1:]}, live.",
        f"Targets: {' '.join(options.targets)}",
        *([f"Parameters: {' '.join(options.parameters)}"] if options.parameters else []),
        "",
        f"{count(len(options.targets), 'measurement')}: {words}",
        ALONE,
        "p95 and memory stand beside what is PREDICTED now, in What-if.",
    ]


START_S = 2.0
"""That a server takes to start, roughly."""


def _how_long(estimate: Estimate) -> list[str]:
    known = estimate.measured
    after = "as earlier runs took" if known else "a guess: nothing is known of it yet"
    if 0 < known < estimate.among:
        after = f"as earlier runs of {known} of them took"
    words = f"{count(estimate.measurements, 'measurement')}: about {about(estimate.seconds)} ({after})."
    return [words, ALONE, "esc stops it; what is measured until then stays."]


def known_durations(scenario: Scenario) -> Known:
    """What each target, or server, took the last time for the same visitors; nothing of what is not kept.

    Servers are started on the machine as it is now: what that took in the newest run counts, whatever it ran.
    """
    cards, load = _cards(), LoadResult.from_load(scenario.toml.load)
    parameters = {name: parameter.default for name, parameter in scenario.toml.parameters.items()}
    spans, lone = dict[str, float](), dict[str, float]()
    for card in reversed(cards):
        if card.is_of(scenario) and (card.load, card.parameters) == (load, parameters):
            spans |= dict(_spans(card))
            lone |= {each.name: each.service_s for each in card.targets if each.service_s}
    return Known(spans, lone, *_start_and_busy(cards))


class DurationEstimator:
    """How long what stands in the form of `x` will take; what was kept is read once, for keys come quickly."""

    def __init__(self, scenario: Scenario) -> None:
        self._written = {target.name: (target.workers, target.threads) for target in scenario.toml.targets}
        self._cards = _cards()

    def words(self, experiment: Experiment) -> str:
        """An estimate and its ground."""
        found = run_estimate(experiment, self._known(experiment), os.cpu_count() or 1)
        grounds = "; ".join(found.grounds)
        how_sure = "" if GUESS in grounds else "an estimate: "
        return f"Servers run for about {about(found.seconds)} ({how_sure}{grounds})."

    def _known(self, experiment: Experiment) -> Known:
        """A lone request takes as long whatever the load; how long all took depends on workers and threads as well."""
        load, others = LoadResult.from_load(experiment.load), dict[str, Otherwise]()
        spans, lone = dict[str, float](), dict[str, float]()
        sizes = {target.name: (target.workers, target.threads) for target in experiment.targets}
        for card in reversed(self._cards):
            of_it = card.is_of(experiment.scenario) and card.parameters == experiment.parameters
            if not of_it or card.mode == TOURNAMENT or card.stopped is not None:
                continue
            lone |= {each.name: each.service_s for each in card.targets if each.service_s}
            had = {each.name: size for each in card.targets if (size := self._size(each))}
            took = {name: span for name, span in _spans(card) if name in had}
            if card.load == load:
                spans |= {name: span for name, span in took.items() if had[name] == sizes.get(name)}
            if card.load.arrivals == "burst" and (requests := card.load.requests):
                others |= {name: Otherwise(span, requests, *had[name]) for name, span in took.items()}
        return Known(spans, lone, *_start_and_busy(self._cards), others)

    def _size(self, outline: RunOutline) -> tuple[int, int] | None:
        """A card of before it was kept is of targets as the scenario says."""
        if outline.workers is None or outline.threads is None:
            return self._written.get(outline.name)
        return outline.workers, outline.threads


def _cards() -> list[HistoryEntry]:
    with suppress(BadInput, OSError):
        return list(RunHistory(user_history()).cards()[0])
    return []


def _start_and_busy(cards: Iterable[HistoryEntry]) -> tuple[float | None, bool]:
    """What starting a server took in the newest run that tells it, and whether others were at work then."""
    newest = next((card for card in cards if card.start_s is not None), None)
    return (newest.start_s, newest.busy) if newest else (None, False)


def _spans(card: HistoryEntry) -> Iterator[tuple[str, float]]:
    for target in card.targets:
        span_s = target.makespan_s or (target.p95_ms or 0) / 1000
        if span_s:
            yield target.name, span_s
