"""A loop's own work on the screen: a sign of its own on the loop's row, nobody's number, and a name in every story."""

from __future__ import annotations

import pytest
from drawn import book_of, end_of, frame, signs, window_until
from made_result import made_result
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, finish, on_loops
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis import advice
from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.scenarios.analysis.time_spent import gain
from asgi_vs_wsgi.scenarios.results import BlockingLine, InFlight, MachineShare, Telemetry, WorkerSeen
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_WORK, Kind, Seen
from asgi_vs_wsgi.tui.drawing.glyphs import LOOPS_OWN, OWN_GLYPHS, legend_text
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
from asgi_vs_wsgi.tui.drawing.plain_text import Seen as SeenTarget
from asgi_vs_wsgi.tui.drawing.plain_text import sentence
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory
from asgi_vs_wsgi.tui.modes.tip_evidence import evidence
from asgi_vs_wsgi.tui.report.findings import warnings
from asgi_vs_wsgi.tui.report.target_tables import blame_table, workers_rows

HELD_FROM, HELD_TO = START + 20 * MS, START + 220 * MS
MIDDLE = START + 120 * MS
LINE = "views.py:7 _checks"


def trace_with_own_work(*, over: bool = True) -> TargetTrace:
    """Two visitors who are set aside, and a loop that then works on its own for 200 ms."""
    trace, scribe = TargetTrace(facts("asgi", workers=1, label="uvicorn"), burst_visits(2)), Scribe()
    for row in (0, 1):
        begin = START + (1 + 3 * row) * MS
        scribe.write(begin, Kind.BEGIN, FIRST_ID + row)
        scribe.step(FIRST_ID + row, begin + 1000, begin + 2 * MS)
    scribe.write(HELD_FROM, Kind.STEP_START, OWN_WORK)
    scribe.write(HELD_FROM + 10 * MS, Kind.SAMPLE, OWN_WORK, value=3, flag=Seen.BLOCKED)
    if over:
        scribe.write(HELD_TO, Kind.STEP_END, OWN_WORK)
        for row in (0, 1):
            begin = HELD_TO + (1 + 3 * row) * MS
            scribe.step(FIRST_ID + row, begin, begin + 2 * MS)
            scribe.write(begin + 2 * MS, Kind.END, FIRST_ID + row)
            finish(trace.visits, row, begin + 2 * MS + MS // 5)
    trace.feed(71, scribe.packed())
    trace.workers[71].locations[3] = LINE
    return trace


def test_own_work_has_a_sign_of_its_own_on_the_loops_row_and_no_number():
    trace = trace_with_own_work()
    lines = frame(trace, window_until(end_of(trace)), end_of(trace))
    (row,) = [line for line in lines if line.label.startswith("worker 1")]
    assert LOOPS_OWN in row.row.drawn
    own = OWN_GLYPHS[LOOPS_OWN]
    assert signs(row).count(own) > 60
    assert not any(char.isdigit() for char in signs(row))
    column = signs(row).index(own)
    assert isinstance(row.row, BarRow)
    assert row.row.number_at(column + 5) == 0
    assert own not in "".join(signs(line) for line in lines if line is not row)
    assert "the loop's own work" in " ".join(legend_text({LOOPS_OWN}))
    assert LOOPS_OWN not in frame(on_loops(2), window_until(MIDDLE), MIDDLE)[2].row.drawn


def test_own_work_is_drawn_while_it_lasts_though_no_visitor_has_news():
    trace = trace_with_own_work(over=False)
    book = book_of(trace)
    scribe = Scribe()
    scribe.write(HELD_FROM + 80 * MS, Kind.SAMPLE, OWN_WORK, value=3, flag=Seen.BLOCKED)
    trace.feed(71, scribe.packed())
    book.update_rows([])
    row = book.groups[0].fixed[0]
    row.show(window_until(MIDDLE), MIDDLE)
    assert LOOPS_OWN in row.drawn


def test_a_chosen_visitor_marks_no_own_work_and_nobody_chosen_marks_none_either():
    trace = trace_with_own_work()
    book = book_of(trace)
    plain = [line.row.cells[:] for line in frame(trace, window_until(end_of(trace)), end_of(trace))]
    book.mark(1)
    row = book.groups[0].fixed[0]
    row.show(window_until(end_of(trace)), end_of(trace))
    assert [c for c in row.cells if c[0] == OWN_GLYPHS[LOOPS_OWN]] == [
        c for c in plain[2] if c[0] == OWN_GLYPHS[LOOPS_OWN]
    ]


def test_the_sentence_says_that_the_loop_works_on_its_own():
    trace = trace_with_own_work()
    words = sentence([SeenTarget(book_of(trace), MIDDLE, ScoreCounter(trace).score(MIDDLE), 0)])
    assert words[0].endswith("2 stalled: the loop's own work holds the event loop")
    assert words[-1] == "2 stalled behind the loop's own work"


def test_stories_name_its_line():
    trace = trace_with_own_work()
    assert story(trace, 0, MIDDLE).endswith(f"No answer yet: stalled behind its event loop's own work at {LINE}.")
    assert f"stalled 0.20 s behind its loop's own work at {LINE}" in story(trace, 0, end_of(trace))
    words = WorkerStory(trace, trace.workers[71]).words(end_of(trace))
    assert words.endswith(f"That loop worked outside any request for 0.20 s, most of it at {LINE}.")
    assert "2 visitors, busy for 9" in words


def own_result():
    """A target whose visitors awaited for most of their visits, while its loop was held for half of the run."""
    result = made_result()
    target = replace(result.targets[-1], interface="asgi", makespan_s=2.0)
    line = BlockingLine(LINE, "blocked", target.makespan_s * 500)
    seen = WorkerSeen(1, 32, 0.6, 0.5, 200.0, 40.0, 5, None, target.makespan_s * 500, [line])
    mean = target.latency_ms.mean
    states = dict.fromkeys(target.states_ms or (), 0.0) | {"awaiting": 0.7 * mean, "stalled": 0.3 * mean}
    target = replace(
        target,
        workers_seen=[seen],
        blame=[line],
        states_ms=states,
        in_flight=InFlight(16, 16),
        service_s=target.latency_ms.p50 / 1000,
    )
    return result, target


def test_nothing_is_praised_for_what_it_awaits_while_its_loop_is_held_by_nobody():
    _, target = own_result()
    for tip in (advice.awaited, advice.concurrency):
        (told,) = evidence(tip, [target])
        assert told.supports is None
        assert LINE in told.words
    assert gain(target).good is None
    seen = replace(target.workers_seen[0], own_work_ms=0.0, own_work=[])
    free = replace(target, workers_seen=[seen])
    assert [next(evidence(tip, [free])).supports for tip in (advice.awaited, advice.concurrency)] == [True, True]
    assert gain(free).good is True


def test_the_report_names_its_line_and_its_time():
    _, target = own_result()
    (line,) = blame_table([target], 120)
    assert LINE in line
    assert "blocked, outside any request" in line
    assert "own work" in workers_rows([target])[0]
    (told,) = evidence(advice.loop, [target])
    assert told.words.endswith(f"the line that held it longest: {LINE}, outside any request")


@pytest.mark.parametrize(("own_ms", "words"), [(5.0, "20 ms (25%)"), (0.0, "20 ms (0%)"), (None, "20 ms")])
def test_of_a_workers_cpu_the_servers_part_is_told_where_it_is_known(own_ms: float | None, words: str):
    _, target = own_result()
    seen = replace(target.workers_seen[0], cpu_ms=20.0, running_ms=15.0, server_own_ms=own_ms)
    assert workers_rows([replace(target, workers_seen=[seen])])[1][-1] == words


def test_a_run_says_where_late_heartbeats_and_slices_disagree_and_only_there():
    result, target = own_result()
    run_ms = target.makespan_s * 1000

    def told(late_ms, untold_ms, *, busy=False):
        machine = MachineShare(0.9 if busy else 0.0, 0.0)
        known = Telemetry(10, 0, late_ms=late_ms, late_untold_ms=untold_ms)
        changed = replace(result, targets=[replace(target, telemetry=known, machine=machine)])
        return [words for words in warnings(changed) if "heartbeats" in words]

    assert len(told(0.5 * run_ms, 0.4 * run_ms)) == 1
    assert not told(0.5 * run_ms, 0.2 * run_ms)
    assert not told(0.06 * run_ms, 0.05 * run_ms)
    assert not told(0.5 * run_ms, 0.4 * run_ms, busy=True)
    assert not told(None, None)
