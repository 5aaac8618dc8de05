"""What-if: what the scenario's law says of other numbers, beside what was measured. Predicted, and labelled so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.content import Content

from scenarios.analysis.environment import cores
from scenarios.analysis.laws import LAWS, Premises
from scenarios.result import TargetResult
from tui.modes.layout import bar, faint, heading, lines
from tui.modes.sight import Sight
from tui.report_figures import in_seconds


@dataclass(frozen=True, slots=True)
class WhatIf:
    """By what the user would have the run changed; factors, so that one setting fits every target."""

    workers: float = 1.0
    threads: float = 1.0
    visitors: float = 1.0
    wait: float = 1.0

    def changed(self, name: str, steps: int) -> WhatIf:
        """One of them doubled or halved, within 1/64 and 64."""
        factor = min(64.0, max(1 / 64, getattr(self, name) * 2.0**steps))
        return replace(self, **{name: factor})


KEYS = (("w", "workers"), ("h", "threads"), ("v", "visitors"), ("i", "wait"))


def what_if(sight: Sight, chosen: WhatIf) -> Content:
    """The knobs, and a pair of bars for every target that has a law."""
    parts: list[Content | str] = [heading("What if there were …"), *_knobs(chosen), ""]
    result = sight.result
    if result is None:
        return lines([*parts, sight.nothing_yet("A law predicts from a lone request, so it has to be measured first.")])
    told = [(target, premises) for target in result.targets if (premises := _premises(target, chosen))]
    if not told:
        why = (
            "Laws are about bursts that are measured: press m."
            if result.mode == "race"
            else "No target here has a law."
        )
        return lines([*parts, faint(why)])
    predicted = [(target, premises, LAWS[_law(target)](premises) or 0.0) for target, premises in told]
    most = max(max(time_s, target.makespan_s or 0.0) for target, _, time_s in predicted)
    room = max(10, min(60, sight.width - 30))
    for target, premises, time_s in predicted:
        parts += [
            Content.assemble((target.name, "bold"), (f"   law {_law(target)}", "$faint")),
            Content.assemble("  predicted  ", bar(time_s, most, room, "$primary"), f" {in_seconds(time_s)}"),
            Content.assemble(
                "  measured   ",
                bar(target.makespan_s or 0.0, most, room, "$lane-queued"),
                f" {in_seconds(target.makespan_s)}",
            ),
            faint(
                f"  {premises.requests} visitors, {premises.workers} workers × {premises.threads} threads,"
                f" a lone request {in_seconds(premises.service_s)}"
            ),
            *_lanes(premises, _law(target), time_s, max(1, round(room * time_s / most) if most else 1)),
            "",
        ]
    parts.append(
        faint("Predicted by the law from one lone request, shared evenly among the workers; nothing here was run.")
    )
    return lines(parts)


def _knobs(chosen: WhatIf) -> list[Content]:
    return [
        Content.assemble(
            (f"  {key} ", "bold $accent"), (key.upper(), "bold $accent"), f"   {name:<9} × {getattr(chosen, name):g}"
        )
        for key, name in KEYS
    ] + [faint("  small letter: half; capital: double")]


def _law(target: TargetResult) -> str:
    return target.law.name if target.law else ""


def _premises(target: TargetResult, chosen: WhatIf) -> Premises | None:
    law = target.law
    if law is None or law.service_s is None or law.cpu_s is None:
        return None
    visitors = max(1, round(target.requests.planned * chosen.visitors))
    workers = max(1, round(target.workers * chosen.workers))
    waited_s = max(0.0, law.service_s - law.cpu_s)
    cpu_s = law.cpu_s if law.name != "cpu-shared" else law.service_s
    service_s = law.service_s * chosen.wait if law.name == "cpu-shared" else waited_s * chosen.wait + law.cpu_s
    untouched = chosen.visitors == chosen.workers == 1
    busiest = law.busiest if untouched else -(-visitors // workers)
    threads = max(1, round(target.threads * chosen.threads))
    return Premises(visitors, workers, threads, cores(), service_s, cpu_s, busiest)


LANES_SHOWN = 4


def _lanes(premises: Premises, law: str, time_s: float, room: int) -> list[Content]:
    """The workers as lanes, in the law's own idea of them: one visit after another, or all side by side."""
    turns = (
        max(1, round(time_s / premises.service_s)) if law in ("one-per-worker", "one-per-thread", "loop-held") else 1
    )
    turns = min(turns, max(1, room // 2))
    cells = [room * (turn + 1) // turns - room * turn // turns for turn in range(turns)]
    style = "$lane-awaiting" if law == "all-at-once" else "$lane-running" if law == "cpu-shared" else "$lane-blocked"
    glyph = "░" if law == "all-at-once" else "█" if law == "cpu-shared" else "▓"
    blocks = [
        Content.styled(glyph * cell, style if turn % 2 == 0 else f"{style}-alt") for turn, cell in enumerate(cells)
    ]
    shown = min(premises.workers, LANES_SHOWN)
    lanes = [Content.assemble((f"  worker {number + 1:<4}", "$faint"), *blocks) for number in range(shown)]
    more = [faint(f"  and {premises.workers - shown} workers like these")] if premises.workers > shown else []
    return [*lanes, *more]
