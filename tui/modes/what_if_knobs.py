"""What-if's keys: what is changed, to which number, where it ends, and what would change nothing here.

A factor fits every target; each target's number stays within its limits, so a knob stops when all of them are there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.planning.load import come_at_a_rate
from asgi_vs_wsgi.scenarios.planning.what_if import had_gil, run_cores
from asgi_vs_wsgi.scenarios.simulation.law_prediction import FACTORS, LIMITS, MOST_TIMES, WhatIfFactors, changed_number
from asgi_vs_wsgi.scenarios.wording import count, listed
from asgi_vs_wsgi.tui.modes.layout import clickable, faint, prose, wrap_at_blanks

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext

KEYS = tuple(zip("whvi", FACTORS, strict=True))
SIMULATED_KEYS = (("b", "cpu"), ("c", "cores"), ("d", "pool"))
"""Of what only the simulator knows; `a` and `n` change arrivals and the GIL."""
Numbers = Mapping[str, Sequence[int]]
"""Knob to the different numbers of the targets, the smallest first; a knob without any is a mere factor."""


def knob_numbers(sight: ModeContext, *, at_a_rate: bool) -> Numbers:
    """Of the run; before one there are none. Twice the visitors who come at a rate are not more of them, but denser; of
    closed arrivals it is how many there are at a time."""
    facts = [seen.trace.facts for seen in sight.seen]
    load = sight.result.load if sight.result else sight.scenario.toml.load
    at_a_time = load.concurrency if load.arrivals == "closed" else None
    limited = [each.threads for each in facts if each.slot == "thread"]
    found = {
        "workers": [each.workers for each in facts],
        "threads": limited or [each.threads for each in facts],
        "visitors": [] if at_a_rate else [at_a_time or len(seen.trace.visits) for seen in sight.seen],
    }
    return {name: sorted(set(values)) for name, values in found.items() if values}


def turned(chosen: WhatIfFactors, name: str, steps: int, numbers: Numbers) -> WhatIfFactors:
    """Half of it or twice, unless that is at its end."""
    return chosen if _is_at_end(chosen, name, numbers, upper=steps > 0) else chosen.changed(name, steps)


def told(chosen: WhatIfFactors, name: str, numbers: Numbers) -> str:
    """`2`, and turned `2 → 1`; of what has no number `×1/2`."""
    factor = getattr(chosen, name)
    if name not in numbers:
        return f"×{factor:g}" if factor >= 1 else f"×1/{1 / factor:g}"
    now = _span(numbers[name])
    return now if factor == 1 else f"{now} → {_span(_changed(chosen, name, numbers))}"


def ends(chosen: WhatIfFactors, numbers: Numbers) -> list[str]:
    """`1 worker: no fewer`, of the knobs that were turned as far as they go."""
    turned_ones = [name for _, name in KEYS if getattr(chosen, name) != 1]
    found = [_end(chosen, name, numbers, upper=getattr(chosen, name) > 1) for name in turned_ones]
    return [words for words in found if words]


def _end(chosen: WhatIfFactors, name: str, numbers: Numbers, *, upper: bool) -> str:
    if not _is_at_end(chosen, name, numbers, upper=upper):
        return ""
    stop = "no more" if upper else "no less" if name == "wait" else "no fewer"
    changed = _changed(chosen, name, numbers) if name in numbers else []
    if len(set(changed)) == 1:
        return f"{count(changed[0], name.removesuffix('s'))}: {stop}"
    return f"{name} ×{MOST_TIMES if upper else f'1/{MOST_TIMES}'}: {stop}"


def _is_at_end(chosen: WhatIfFactors, name: str, numbers: Numbers, *, upper: bool) -> bool:
    factor, last = getattr(chosen, name), MOST_TIMES if upper else 1 / MOST_TIMES
    if factor == last or name not in numbers:
        return bool(factor == last)
    end = LIMITS[name].high if upper else LIMITS[name].low
    return all(each == end for each in _changed(chosen, name, numbers))


def _changed(chosen: WhatIfFactors, name: str, numbers: Numbers) -> list[int]:
    return [changed_number(name, each, chosen) for each in numbers[name]]


def _span(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low}–{high}"


HOW = "w half, W twice"
SIMULATED_HOW = "a other arrivals, n with or without a GIL"


def simulated_knob_lines(chosen: WhatIfFactors, width: int, numbers: Numbers, run: RunResult | None) -> list[Content]:
    """Those of laws, and those of the simulator, in as many lines as they need."""
    at_a_rate, said = _comes_at_a_rate(chosen, run), _said(chosen, run)
    knobs = [
        _knob(key, name, chosen, numbers, idle=False, said=said.get(name, "")) for key, name in KEYS + SIMULATED_KEYS
    ]
    gil = had_gil(run) != chosen.other_gil if run else True
    knobs += [
        _switch("a", "arrivals", f"arrivals {chosen.arrivals or 'as measured'}"),
        _switch("n", "gil", f"GIL {'yes' if gil else 'no'}"),
    ]
    return [
        *wrap_at_blanks(Content("   ").join([*knobs, faint(HOW.replace(" ", "\u00a0"))]), width),
        *_ends_line(chosen, numbers, width, at_a_rate=at_a_rate),
    ]


def _comes_at_a_rate(chosen: WhatIfFactors, run: RunResult | None) -> bool:
    return come_at_a_rate(chosen.arrivals or (run.load.arrivals if run else ""))


def _said(chosen: WhatIfFactors, run: RunResult | None) -> dict[str, str]:
    """Of the knobs that are not told by their numbers alone."""
    at_a_rate, cores = _comes_at_a_rate(chosen, run), run_cores(run) if run else 1
    said = {
        "visitors": f"rate ×{chosen.visitors:g}" if at_a_rate or chosen.arrivals else "",
        "cpu": f"CPU {told(chosen, 'cpu', {})}",
        "cores": f"cores {cores}" + ("" if chosen.cores == 1 else f" → {chosen.cores * cores:g}"),
        "pool": f"pool {chosen.pool or 'none'}",
    }
    if chosen.arrivals and not at_a_rate:
        said["visitors"] = f"visitors ×{chosen.visitors:g}"
    return said


def turned_words(
    chosen: WhatIfFactors, numbers: Numbers, run: RunResult | None, idle: frozenset[str] = frozenset()
) -> list[str]:
    """`workers 2 → 4`, `poisson arrivals`: what is not as it was measured, without what changes nothing."""
    said, as_run = _said(chosen, run), WhatIfFactors()
    turned_ones = [
        name for _, name in KEYS + SIMULATED_KEYS if name not in idle and getattr(chosen, name) != getattr(as_run, name)
    ]
    words = [said.get(name) or f"{name} {told(chosen, name, numbers)}" for name in turned_ones]
    gil = had_gil(run) != chosen.other_gil if run else True
    words += [f"{chosen.arrivals} arrivals"] if chosen.arrivals else []
    return words + ([f"{'a' if gil else 'no'} GIL"] if chosen.other_gil else [])


def _ends_line(chosen: WhatIfFactors, numbers: Numbers, width: int, *, at_a_rate: bool) -> list[Content]:
    said = [words.replace("visitors ×", "rate ×") if at_a_rate else words for words in ends(chosen, numbers)]
    return prose(faint(f"{'. '.join(said)}."), width) if said else []


def _switch(key: str, name: str, words: str) -> Content:
    letter = clickable(Content.styled(key, "bold $accent"), "knob_simulated", name, 1)
    return letter + Content(f" {words}".replace(" ", "\u00a0"))


def knob_lines(
    chosen: WhatIfFactors, width: int, numbers: Numbers, idle: frozenset[str] = frozenset()
) -> list[Content]:
    """With those that change nothing named as such; a click on a letter is as good as its key."""
    knobs = [_knob(key, name, chosen, numbers, idle=name in idle) for key, name in KEYS]
    full = Content("   ").join([*knobs, faint(HOW)])
    fits = full.cell_length <= width
    line = [full] if fits else wrap_at_blanks(Content("   ").join(knobs), width)
    said = [*([] if fits else [HOW]), *ends(chosen, numbers), *([_idle_words(idle)] if idle else [])]
    return [*line, *(prose(faint(f"{'. '.join(said)}."), width) if said else ())]


def _knob(key: str, name: str, chosen: WhatIfFactors, numbers: Numbers, *, idle: bool, said: str = "") -> Content:
    style = "$faint" if idle else "bold $accent"
    signs = ((key, -1), (key.upper(), 1))
    command = "knob" if name in FACTORS else "knob_simulated"
    less, more = (clickable(Content.styled(sign, style), command, name, steps) for sign, steps in signs)
    words = f" {said or f'{name} {told(chosen, name, numbers)}'}".replace(" ", "\u00a0")
    return Content("").join([less, Content("\u00a0"), more, Content.styled(words, "$faint" if idle else "")])


def _idle_words(idle: frozenset[str]) -> str:
    names = [name for _, name in KEYS if name in idle]
    if len(names) == len(KEYS):
        return "No knob changes anything in this run"
    return f"No effect in this run: {listed(names)}"
