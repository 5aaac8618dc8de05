"""What-if by the simulator: knobs, figures with their intervals and lanes that are PREDICTED, beside those MEASURED.

gunicorn-sync   4 workers
 PREDICTED  simulated: p50 0.81 s (0.80 to 0.82 s)   p95 1.62 s (1.61 to 1.63 s)   …   makespan 1.62 s
            would run out first: workers 98% in use; cores 2%
  worker 1  ▓▓1▓▓▓5▓▓▓9
 MEASURED   p50 1.61 s   p95 3.23 s   p99 3.23 s   makespan 3.23 s   32 visitors, 2 workers
  worker 1  ▓▓1▓▓▓4▓▓▓5▓▓▓8▓▓▓9▓▓
"""

from __future__ import annotations

from shlex import join
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.what_if import command_words, live_options
from asgi_vs_wsgi.scenarios.simulation.replications import shared_ahead
from asgi_vs_wsgi.scenarios.wording import apart, cores_words, count, per_second, seconds, share
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER
from asgi_vs_wsgi.tui.drawing.time_axis import Window, ruler_text
from asgi_vs_wsgi.tui.modes.layout import faint, heading, prose
from asgi_vs_wsgi.tui.modes.predicted_lanes import BESIDE_LANES, ROWS, drawn_lanes
from asgi_vs_wsgi.tui.modes.what_if_knobs import simulated_knob_lines, turned_words
from asgi_vs_wsgi.tui.modes.what_if_summary import foretold_by_simulation, summary_lines
from asgi_vs_wsgi.tui.report.figures import milliseconds
from asgi_vs_wsgi.tui.report.simulation import versions
from asgi_vs_wsgi.tui.text.columns import NOT_MEASURED, aligned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.model.scenario import Load, Scenario
    from asgi_vs_wsgi.scenarios.results import Latency, LoadResult, TargetResult
    from asgi_vs_wsgi.scenarios.results.simulation import CalibrationResult
    from asgi_vs_wsgi.scenarios.simulation.what_if_answer import Foreseen
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView
    from asgi_vs_wsgi.tui.modes.what_if_knobs import Numbers
    from asgi_vs_wsgi.tui.playback.background_simulation import Answer, Subject

PREDICTED, MEASURED = ("PREDICTED", "bold reverse $accent"), ("MEASURED ", "bold")
PERCENTS = ("p50", "p95", "p99")
NOTHING_RUN = (
    "PREDICTED: simulated from the measured requests' own slices; no server has run it. In brackets: the least and the "
    "most of the replications{ends}, in which whose slices a visitor gets and who accepts is drawn anew."
)
SIZES = " S asks which workers hold a p95."
ENDS = " and, where workers accept a crowd ahead of their threads, of the most even and the most uneven sharing"


class Promise(NamedTuple):
    """What was predicted of settings that were then measured."""

    subject: Subject
    """The run that was asked."""
    answer: Answer

    def options(self, scenario: Scenario) -> Options:
        """Of a run with these settings; BadInput where there is none."""
        facts = [trace.facts for trace in self.subject.traces]
        return live_options(self.answer.chosen, self.subject.run, facts, scenario)


def is_refused(answer: Answer) -> bool:
    """Whether this run cannot be simulated from at all, whatever the knobs."""
    return bool(answer.refusal) and answer.never


def simulated_top(sight: ModeContext, answer: Answer, numbers: Numbers) -> list[Content]:
    """The knobs, and what is predicted with them in a sentence."""
    every, figure = foretold_by_simulation(answer, sight)
    turned = turned_words(answer.chosen, numbers, sight.result)
    return [
        *simulated_knob_lines(answer.chosen, sight.width, numbers, sight.result),
        *summary_lines(every, figure, turned, answer.chosen, sight.width),
    ]


def simulated(sight: ModeContext, answer: Answer, promise: Promise | None) -> list[Content]:
    """All of it below the knobs; `answer` may still be coming."""
    width = sight.width
    parts = _asked(answer, sight)
    if answer.refusal:
        return [*parts, Content(), *prose(Content.assemble(PREDICTED, f"  nothing: {answer.refusal}"), width)]
    if promise is not None and promise.subject.run is not sight.result:
        parts += [Content(), *kept_promise(promise, sight.targets, width)]
    if not answer.targets:
        return [*parts, Content(), *prose(Content.assemble(PREDICTED, f"  not yet: {answer.doing} …"), width)]
    parts += [Content(), *_pictures(sight, answer)]
    for name, reason in answer.refused.items():
        parts += prose(Content.assemble((name, "bold $primary"), f"   not simulated: {reason}"), width)
    return [*parts, *_ground(answer, width)]


def _asked(answer: Answer, sight: ModeContext) -> list[Content]:
    """Who comes, whether more is to come, and the command that says the same."""
    load = answer.load
    words = f"PREDICTED for {load_words(load)}" if load else "PREDICTED"
    doing = f" · {answer.doing} …" if answer.doing else ""
    changed = answer.chosen.arrivals or answer.chosen.visitors != 1
    was = f"; measured: {load_words(sight.result.load)}" if changed and sight.result and load else ""
    measures = " M measures just this." if _can_be_measured(answer, sight) else ""
    line = Content.assemble((words, "bold"), (f"{was}.{measures}{SIZES}{doing}", "$faint"))
    return [*prose(line, sight.width), *prose(faint(join(command_words(answer.options))), sight.width)]


def _can_be_measured(answer: Answer, sight: ModeContext) -> bool:
    if sight.result is None or not sight.can_be_run:
        return False
    try:
        live_options(answer.chosen, sight.result, [each.trace.facts for each in sight.seen], sight.scenario)
    except BadInput:
        return False
    return True


def load_words(load: Load | LoadResult) -> str:
    """`a burst of 32 visitors`, `poisson arrivals at 7.0/s`, `16 visitors at a time`; of a run's load as well."""
    if load.arrivals == "burst":
        return f"a burst of {count(load.requests or 0, 'visitor')}"
    end = count(load.requests, "visitor") if load.requests else f"{load.duration_s:g} s"
    if load.arrivals == "closed":
        return f"{count(load.concurrency or 1, 'visitor')} at a time, {end} in all"
    return f"{load.arrivals} arrivals at {per_second(load.rate or 0)}, {end}"


# ---- each target


def _pictures(sight: ModeContext, answer: Answer) -> list[Content]:
    seen = {each.trace.facts.name: each for each in sight.seen}
    figures = {target.name: target for target in sight.targets}
    alike = not answer.chosen.arrivals
    columns = max(8, sight.width - GUTTER)
    measured_ns = [_measured_ns(sight, seen[one.of]) for one in answer.targets] if alike else []
    extent_ns = max([1, *(round(one.makespan_s * 1e9) for one in answer.targets), *measured_ns])
    room = (sight.height - BESIDE_LANES) // len(answer.targets) - BESIDE_LANES
    rows = max(ROWS[0], min(ROWS[1], room // 2))
    parts: list[Content] = []
    drawn = False
    for one in answer.targets:
        parts += [_name(one), *_figures(one, sight.width)]
        if one.trace is not None:
            parts += _predicted_lanes(one, extent_ns, columns, rows)
            drawn = True
        elif one.whole:
            parts.append(faint(f"  the lanes of {count(one.visitors, 'visitor')} are not drawn"))
        if (target := figures.get(one.of)) is not None:
            parts += _measured(target, len(seen[one.of].trace.visits), sight.width)
            if alike and one.trace is not None:
                parts += _measured_lanes(sight, seen[one.of], extent_ns, columns, rows)
        parts.append(Content())
    ruler = [faint(" " * GUTTER + ruler_text(Window(0, extent_ns, columns)))] if drawn else []
    return [*parts, *ruler, *([Content()] if ruler else [])]


def _name(one: Foreseen) -> Content:
    threads = f" × {count(one.setup.threads, 'thread')}" if one.setup.slot == "thread" else ""
    pool = f", a pool of {one.setup.pool} each" if one.setup.pool else ""
    words = f"   {count(one.setup.workers, 'worker')}{threads}{pool}, {cores_words(one.setup.cores)}"
    gil = "" if one.setup.gil else ", no GIL"
    return Content.assemble((one.of, "bold $primary"), (words + gil, "$faint"))


def _figures(one: Foreseen, width: int) -> list[Content]:
    told = _with_intervals(one.latency_ms, one.intervals_ms) if one.latency_ms else "nobody is answered"
    lost = f"   {count(one.visitors - one.answered, 'visitor')} not answered" if one.answered < one.visitors else ""
    runs = count(one.replications, "replication") + ("" if one.whole else " so far")
    first = Content.assemble(
        PREDICTED, f"  simulated: {told}", (f"   makespan\u00a0{seconds(one.makespan_s)}{lost}", "")
    )
    kinds = [
        line
        for name, (latency_ms, intervals_ms) in one.classes.items()
        for line in prose(f"PREDICTED  {name}: {_with_intervals(latency_ms, intervals_ms)}", width, indent=2)
    ]
    return [*prose(first, width), *kinds, *prose(faint(f"{in_use_words(one)}. {runs}."), width, indent=2)]


def _with_intervals(latency_ms: Mapping[str, float], intervals_ms: Mapping[str, Sequence[float]]) -> str:
    return "   ".join(
        f"{name} {milliseconds(latency_ms[name])} ({span_words(intervals_ms[name])})".replace(" ", "\u00a0")
        for name in PERCENTS
    )


def span_words(both_ms: Sequence[float]) -> str:
    """`1.61–1.63 s`, `98 ms–0.11 s`, `1.62 s`."""
    low, high = (milliseconds(each) for each in both_ms)
    number, _, unit = low.partition(" ")
    if low == high:
        return low
    return f"{number}–{high}" if high.endswith(f" {unit}") else f"{low}–{high}"


def in_use_words(one: Foreseen) -> str:
    """What is full, what runs out first, and Little's law where they come at a rate."""
    use = one.in_use
    parts = {
        "threads" if one.setup.slot == "thread" else "workers": use.slots,
        "the event loops": use.loops,
        "the GIL": use.gil,
        "the pool": use.pool,
        "the cores": use.cores,
    }
    first = f"would run out first: {one.scarce} {share(parts[one.scarce] or 0)} in use"
    others = [f"{name} {share(part)}" for name, part in parts.items() if part is not None and name != one.scarce]
    told = "; ".join([first.replace("the pool", "the pool's places"), *others])
    if not one.rate:
        return told
    wanted = apart(one.wanted, one.setup.slots, "{:.2f}".format)
    little = f"Little: {per_second(one.rate)} want {wanted} of {one.setup.slots} {one.units}"
    beyond = ", more than there are: the line grows for as long as they come" if one.overloaded else ""
    return f"{told}. {little}{beyond}"


def _predicted_lanes(one: Foreseen, extent_ns: int, columns: int, rows: int) -> list[Content]:
    assert one.trace is not None
    book = LaneLayout(one.trace)
    book.update_rows(range(len(one.trace.visits)))
    start_ns = min(one.trace.visits.intended_ns, default=0)
    window = Window(start_ns, start_ns + extent_ns, columns)
    return drawn_lanes(book, window, start_ns + max(1, round(one.makespan_s * 1e9)), rows)


def _measured(target: TargetResult, visitors: int, width: int) -> list[Content]:
    latency = target.latency_ms
    told = _percents(latency) if latency else ""
    done = f"   makespan\u00a0{seconds(target.makespan_s)}" if target.makespan_s is not None else ""
    threads = f" × {count(target.threads, 'thread')}" if target.threads > 1 else ""
    how = f"   {count(visitors, 'visitor')}, {count(target.workers, 'worker')}{threads}"
    kinds = [
        line
        for each in target.classes
        if each.latency_ms and len(target.classes) > 1
        for line in prose(f"MEASURED   {each.name}: {_percents(each.latency_ms)}", width, indent=2)
    ]
    return [*prose(Content.assemble(MEASURED, f"  {told}{done}", (how, "$faint")), width), *kinds]


def _percents(latency: Latency) -> str:
    return "   ".join(f"{name}\u00a0{milliseconds(getattr(latency, name))}" for name in PERCENTS)


def _measured_lanes(sight: ModeContext, seen: TargetView, extent_ns: int, columns: int, rows: int) -> list[Content]:
    start_ns = min((at_ns for at_ns in seen.trace.visits.intended_ns if at_ns), default=0)
    window = Window(start_ns, start_ns + extent_ns, columns)
    return drawn_lanes(seen.book, window, start_ns + _measured_ns(sight, seen), rows)


def _measured_ns(sight: ModeContext, seen: TargetView) -> int:
    start_ns = min((at_ns for at_ns in seen.trace.visits.intended_ns if at_ns), default=0)
    return max(0, sight.until_ns(seen) - start_ns)


# ---- what it stands on


def _ground(answer: Answer, width: int) -> list[Content]:
    ends = any(shared_ahead(one.setup, at_a_rate=one.rate > 0) for one in answer.targets)
    parts = [*prose(faint(NOTHING_RUN.format(ends=ENDS if ends else "")), width)]
    for one in answer.targets:
        parts += prose(faint(f"{one.of}: {calibrated_words(one.told)}"), width)
    beyond: dict[str, list[str]] = {}
    for one in answer.targets:
        for words in one.beyond:
            beyond.setdefault(words, []).append(one.of)
    if beyond:
        parts.append(heading("How far what is PREDICTED can be believed"))
    for words, names in beyond.items():
        parts += prose(Content.assemble((", ".join(names), "$primary"), f": {words}"), width, indent=2)
    return parts


def calibrated_words(told: CalibrationResult) -> str:
    """From whom, when and on what, and how well it reproduces the run itself."""
    again = ", ".join(f"{name} {getattr(told, f'reproduces_{name}_error'):+.1%}" for name in ("p50", "p95"))
    of = "; ".join(filter(None, (told.saved, versions(told))))
    return f"calibrated from {count(told.visitors, 'visitor')} of this run ({of}), which it reproduces to {again}"


# ---- what was predicted, and then measured


def kept_promise(promise: Promise, targets: Sequence[TargetResult], width: int) -> list[Content]:
    """PREDICTED from another run before this one was measured, beside it."""
    known: Mapping[str, TargetResult] = {target.name: target for target in targets}
    rows = [("", "", "PREDICTED, simulated", "MEASURED", "difference")]
    for one in promise.answer.targets:
        latency = known[one.of].latency_ms if one.of in known else None
        for name in PERCENTS if one.latency_ms else ():
            now_ms = getattr(latency, name) if latency else None
            apart = NOT_MEASURED if not now_ms else f"{one.latency_ms[name] / now_ms - 1:+.1%}"
            words = f"{milliseconds(one.latency_ms[name])} ({span_words(one.intervals_ms[name])})"
            rows.append((one.of if name == PERCENTS[0] else "", name, words, milliseconds(now_ms), apart))
    table = aligned(rows, gap="  ")
    title = heading("PREDICTED before this run was measured")
    return [title, faint(table[0][:width]), *(Content(line[:width]) for line in table[1:])]
