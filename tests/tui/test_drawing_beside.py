"""Rows below a worker for its views' own threads and processes: bars are measured CPU, with nobody's number."""

from __future__ import annotations

import pytest
from drawn import book_of, end_of, frame, signs, window_until, with_label
from hypothesis import given, settings
from hypothesis import strategies as st
from made_result import made_result
from made_traces import FIRST_ID, MS, START, Scribe, burst_visits, facts, finish
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.background_work import beside_words
from asgi_vs_wsgi.scenarios.results import BlockingLine, ChildProcesses, OwnThreads
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import OWN_THREAD as NOBODY
from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD_BYTES, Kind, Seen, Vital, pack_sample
from asgi_vs_wsgi.tui.drawing.glyphs import CHILD_PROCESS, OWN_GLYPHS, OWN_THREAD, legend_text
from asgi_vs_wsgi.tui.drawing.lanes.pane import Pane
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory
from asgi_vs_wsgi.tui.report.findings import beside_lines
from asgi_vs_wsgi.tui.report.target_tables import blame_table

PID, CPU_NS = 51, 1_000_000
END = START + 400 * MS


def trace_with(scribe: Scribe, interface: str = "wsgi", *, feed_in: int = 0) -> TargetTrace:
    """One visitor, whom a worker serves for 400 ms, and what else the scribe has of that worker."""
    trace = TargetTrace(facts(interface, workers=1), burst_visits(1))
    if interface == "wsgi":
        scribe.thread(FIRST_ID, START + MS, END - MS, cpu_ns=0)
    else:
        scribe.write(START + MS, Kind.BEGIN, FIRST_ID)
        scribe.step(FIRST_ID, START + MS, START + 2 * MS)
        scribe.write(END - MS, Kind.END, FIRST_ID)
    finish(trace.visits, 0, END)
    records = scribe.packed()
    step = (feed_in or len(records)) if feed_in else len(records)
    for at in range(0, len(records), step):
        trace.feed(PID, records[at : at + step])
    return trace


def thread(scribe: Scribe, lane: int, from_ns: int, to_ns: int, used_ns: int, *, looks: int = 4) -> None:
    """A thread of the view's own, whose CPU clock goes evenly."""
    scribe.write(from_ns, Kind.THREAD_START, NOBODY, value=CPU_NS, lane=lane)
    for number in range(1, looks + 1):
        at, used = ((to_ns - from_ns) * number // (looks + 1), used_ns * number // (looks + 1))
        value = pack_sample(CPU_NS + used, 3)
        scribe.write(from_ns + at, Kind.SAMPLE, NOBODY, value=value, lane=lane, flag=Seen.BLOCKED)
    scribe.write(to_ns, Kind.THREAD_END, NOBODY, value=CPU_NS + used_ns, lane=lane)


def reading(scribe: Scribe, at_ns: int, number: int, used_ns: int) -> None:
    for vital, value in ((Vital.CHILDREN, number), (Vital.CHILDREN_CPU_US, used_ns // 1000)):
        scribe.write(at_ns, Kind.VITAL, 0, value=value, flag=vital)


def columns(line, role: int) -> list[int]:
    return [column for column, sign in enumerate(signs(line)) if sign == OWN_GLYPHS[role]]


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_row_of_own_threads_stands_below_its_worker_with_bars_where_they_were_on_the_cpu(interface):
    scribe = Scribe()
    thread(scribe, 5, START + 100 * MS, START + 200 * MS, 100 * MS)
    lines = frame(trace_with(scribe, interface), window_until(END), END)
    row = with_label(lines, "own thread")
    assert lines[lines.index(row) - 1].label == "worker 1"
    assert columns(row, OWN_THREAD) == list(range(25, 50))
    assert not signs(row).replace(OWN_GLYPHS[OWN_THREAD], "").strip()
    assert {OWN_THREAD} == row.row.drawn
    assert all(row.row.number_at(column) == 0 for column in range(100))  # type: ignore[attr-defined]


def test_a_thread_that_computes_half_of_the_time_is_drawn_for_half_of_it():
    scribe = Scribe()
    thread(scribe, 5, START + 100 * MS, START + 300 * MS, 100 * MS, looks=1)
    row = with_label(frame(trace_with(scribe), window_until(END), END), "own thread")
    assert columns(row, OWN_THREAD) == [*range(25, 37), *range(50, 62)]


def test_without_the_records_of_a_thread_there_is_no_row():
    labels = [line.label for line in frame(trace_with(Scribe()), window_until(END), END)]
    assert labels == ["in line", "worker 1"]


@pytest.mark.parametrize(("many", "label"), [(1, "own thread"), (3, "own thr ×3"), (12, "own ×12")])
def test_several_threads_share_the_row_and_their_number_is_on_it_when_they_were_there(many, label):
    scribe = Scribe()
    for lane in range(5, 5 + many):
        thread(scribe, lane, START + 200 * MS, START + 300 * MS, 50 * MS)
    trace = trace_with(scribe)
    assert with_label(frame(trace, window_until(END), END), label)
    assert with_label(frame(trace, window_until(END), START + 150 * MS), "own thread")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(5, 7), st.integers(0, 300), st.integers(1, 90), st.integers(0, 100), st.integers(0, 5)),
        max_size=8,
    ),
    st.integers(1, 9),
)
def test_a_row_that_grows_record_by_record_is_the_row_of_the_whole(threads, few):
    """As on the screen of a run that goes on."""
    scribe, free = Scribe(), dict.fromkeys(range(5, 8), 0)
    for lane, start, length, share, looks in sorted(threads, key=lambda each: each[1]):
        if start >= free[lane]:
            from_ns, free[lane] = START + start * MS, start + length + 1
            thread(scribe, lane, from_ns, from_ns + length * MS, length * MS * share // 100, looks=looks)
    whole = trace_with(scribe)
    raw, growing = bytes(whole.raw[PID]), TargetTrace(whole.facts, whole.visits)
    growing.add_worker(PID)
    book = book_of(growing)
    for at in range(0, len(raw), few * RECORD_BYTES):
        growing.feed(PID, raw[at : at + few * RECORD_BYTES])
        book.update_rows([])
    book.update_rows([0])
    lines, grown = frame(whole, window_until(END), END), Pane(book).frame(window_until(END), END, 100)
    assert [(line.label, signs(line)) for line in grown] == [(line.label, signs(line)) for line in lines]


def test_a_row_of_processes_has_bars_where_their_clocks_went_on_between_two_readings():
    scribe = Scribe()
    for at, number, used in ((0, 0, 0), (100, 2, 60), (200, 2, 60), (300, 1, 360), (400, 0, 370)):
        reading(scribe, START + at * MS, number, used * MS)
    trace = trace_with(scribe)
    row = with_label(frame(trace, window_until(END), END), "child ×2")
    assert columns(row, CHILD_PROCESS) == [*range(15), *range(50, 75), 75, 76]
    assert row.row.drawn == {CHILD_PROCESS}
    assert with_label(frame(trace, window_until(END), START + 50 * MS), "child proc")


def test_a_process_that_sleeps_has_a_row_and_no_bar():
    scribe = Scribe()
    for at in (0, 100, 200):
        reading(scribe, START + at * MS, 1, 5 * MS)
    row = with_label(frame(trace_with(scribe), window_until(END), END), "child proc")
    assert not signs(row).strip()


def test_both_rows_are_their_workers_and_are_kept_in_view_before_other_lines():
    scribe = Scribe()
    thread(scribe, 5, START + 100 * MS, START + 200 * MS, 100 * MS)
    for at, used in ((0, 0), (100, 50)):
        reading(scribe, START + at * MS, 1, used * MS)
    pane = Pane(book_of(trace_with(scribe)))
    lines = pane.frame(window_until(END), END, pane.least)
    assert [line.label for line in lines] == ["in line", "worker 1", "own thread", "child proc"]
    assert [pane.worker_of(line.row, pane.least) for line in lines] == [0, 1, 1, 1]


def test_the_legend_says_what_the_signs_mean_where_they_are_drawn():
    words = " ".join(legend_text({OWN_THREAD, CHILD_PROCESS}))
    assert f"{OWN_GLYPHS[OWN_THREAD]} own thread on the CPU" in words
    assert f"{OWN_GLYPHS[CHILD_PROCESS]} child process on the CPU" in words
    assert "own thread" not in " ".join(legend_text())


LINE = BlockingLine("views.py:4 _work", "running", 400.0, own_thread=True)


def test_reports_tell_what_they_took_and_that_a_line_is_no_requests():
    result = made_result()
    target = replace(
        result.targets[0],
        blame=[LINE],
        own_threads=OwnThreads(2, 400.0, [LINE]),
        child_processes=ChildProcesses(3, 0.0, 61.2),
    )
    (row,) = blame_table([target], 120)
    assert "running, in a thread of the view's own" in row
    assert list(beside_lines(replace(result, targets=[target]))) == [
        f"{target.name}: threads of its views' own took 0.40 s of CPU (at most 2 at once, longest at views.py:4 _work);"
        " processes that its views had started took no CPU (at most 3 at once, 61 MB)"
    ]
    assert beside_words(None, None) == beside_words(OwnThreads(0, 0.0), ChildProcesses(0, 0.0, None)) == ""


def test_a_workers_story_tells_of_its_own_alone_as_far_as_it_is_shown():
    scribe = Scribe()
    thread(scribe, 5, START + 100 * MS, START + 200 * MS, 100 * MS)
    trace = trace_with(scribe)
    other = Scribe()
    thread(other, 5, START + 100 * MS, START + 300 * MS, 200 * MS)
    trace.feed(PID + 1, other.packed())
    trace.workers[PID].locations[3] = "views.py:4 _work"
    story = WorkerStory(trace, trace.workers[PID])
    assert "Threads of its views' own took 0.10 s of CPU (at most 1 at once" in story.words(end_of(trace))
    assert "views' own took 50 ms" in story.words(START + 150 * MS)
    assert "views' own" not in story.words(START + 90 * MS)
