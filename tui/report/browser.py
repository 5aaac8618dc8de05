"""What a real browser measured, as text: a table beside the guide values, and the sentences that it supports.

p75 (middle half)  good up to  gunicorn-sync              uvicorn
TTFB               0.80 s      0.87 s (0.84 s to 0.89 s)  0.12 s (0.11 s to 0.13 s)  differs
INP, fetch         0.20 s      16 ms (8 ms to 16 ms)      16 ms (8 ms to 16 ms)      no difference that counts
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.web_vitals import LEAST_SAMPLES, Guided, guided, spread
from asgi_vs_wsgi.scenarios.wording import count, listed, named, seconds
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, table
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.browser import Measured, Vitals

MOST_NAMED = 2
"""Measures in a sentence about what they have in common."""
SAID = {True: "differs", False: "no difference that counts", None: ""}


def measured_words(of: Measured | None) -> str:
    """`0.87 s (0.84 s to 0.89 s)`: p75, and the middle half."""
    if of is None:
        return NOT_MEASURED
    low, high = spread(of)
    return f"{seconds(of.p75 / 1000)} ({seconds(low / 1000)} to {seconds(high / 1000)})"


BROWSER_TITLE = "In a real browser"


def browser_lines(result: RunResult, width: int) -> list[str]:
    """The table, who measured, and the sentences; nothing where no browser did."""
    rows, paragraphs = browser_table(result)
    lines = [line for words in paragraphs for line in wrap(words, width, indent="  ")]
    return [*table(rows, width), *lines] if rows else []


def browser_table(result: RunResult) -> tuple[list[list[str]], list[str]]:
    """The same as rows of cells, a head first, and as paragraphs; none of either where no browser measured."""
    measures = guided(result.targets)
    if not measures or result.browser is None:
        return [], []
    rows = [["p75 (middle half)", "good up to", *(target.name for target in result.targets), ""]]
    for each in measures:
        good = seconds(each.good_ms / 1000) if each.good_ms else NOT_MEASURED
        rows.append([each.label, good, *map(measured_words, each.of), SAID[each.moved]])
    return rows, [*sentences(result, measures), who_measured(result)]


def who_measured(result: RunResult) -> str:
    """Which browser, how often, beside whom."""
    assert result.browser is not None
    pages = [target.vitals for target in result.targets if target.vitals]
    visits = [_visits(vitals) for vitals in pages]
    least, most = min(visits), max(visits)
    to_each = f"{count(most, 'visit')} to each target" if least == most else f"{least} to {most} visits to a target"
    what = "the view's answer, with four buttons of ours beneath it"
    if pages[0].own_page:
        what = "the scenario's own page"
    elif not any(vitals.inp_ms or vitals.answer_ms for vitals in pages):
        what = "the view's answer, where nothing could be clicked"
    return (
        f"Measured by {result.browser.product} in {to_each}, beside "
        f"{count(result.browser.beside, 'visitor')} at a time: {what}. Browser and servers are on one machine."
    )


def _visits(vitals: Vitals) -> int:
    """The browser may tell nothing of one measure in a visit, hardly of all."""
    return max((len(each.samples) for each in (vitals.ttfb_ms, vitals.fcp_ms, vitals.lcp_ms) if each), default=0)


def sentences(result: RunResult, measures: list[Guided]) -> list[str]:
    """What the measurement supports, and no more."""
    found = []
    if loading := _of(measures, ("TTFB", "LCP")):
        found.append(_told("What a visitor waits for", loading, result.targets))
    of_clicks = [each for each in measures if each.label.startswith("INP")]
    still = [each.name.removeprefix("INP of ") for each in of_clicks if each.moved is False]
    moving = [each for each in of_clicks if each.moved]
    if still:
        found.append(f"INP did not move with the server for {listed(still, 'or')}.")
    if moving:
        found.append(_told("INP moved with the server", moving, result.targets))
    return [*found, *_untold(result, measures), *_queue_words(result.targets)]


def _untold(result: RunResult, measures: list[Guided]) -> list[str]:
    """Of what a difference between targets cannot be told, and why."""
    if len(result.targets) < 2:
        return []
    few = [each.name for each in measures if len(each.places) > 1 and each.moved is None]
    found = []
    if few:
        told = listed(few) if len(few) <= MOST_NAMED else f"{len(few)} of these measures"
        rounds = max((each.round for each in result.rounds), default=0)
        better = (
            f"--rounds {LEAST_SAMPLES} or more" if rounds < LEAST_SAMPLES else "in the others the browser told none"
        )
        found.append(f"Too few visits told {told} for a difference to be told from chance: {better}.")
    for place, target in enumerate(result.targets):
        if alone := [each.name for each in measures if each.places == [place]]:
            found.append(f"At {named(target.name)} alone the browser told {listed(alone)}.")
    return found


def _of(measures: list[Guided], names: tuple[str, ...]) -> list[Guided]:
    return [each for each in measures if each.name in names and each.moved is not None]


def _told(about: str, measures: list[Guided], targets: list[TargetResult]) -> str:
    """`What a visitor waits for: TTFB differs, 866 ms at gunicorn-sync, 120 ms at uvicorn; LCP …`."""
    parts = []
    for each in measures:
        of_each = ", ".join(
            f"{seconds(of.p75 / 1000)} at {named(target.name)}"
            for target, of in zip(targets, each.of, strict=True)
            if of
        )
        parts.append(f"{each.name} {'differs' if each.moved else 'shows no difference that counts'}, {of_each}")
    return f"{about}: {'; '.join(parts)}."


def _queue_words(targets: list[TargetResult]) -> list[str]:
    """The browser is one visitor more: what it waits for is what the others wait for."""
    told = [
        f"{seconds(vitals.ttfb_ms.p75 / 1000)} and {seconds(vitals.driver_ttfb_ms / 1000)} at {named(target.name)}"
        for target in targets
        if (vitals := target.vitals) and vitals.ttfb_ms and vitals.driver_ttfb_ms
    ]
    return [f"First byte, p75, of the browser and of those beside it: {', '.join(told)}."] if told else []
