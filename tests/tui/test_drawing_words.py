"""Ruler, legend, score, sentence, heights and plain text say what is there, in the room that they have."""

from __future__ import annotations

from fractions import Fraction

import pytest
from drawn import book_of, end_of
from hypothesis import given, settings
from hypothesis import strategies as st
from made_traces import MS, START, finish, on_held_loop, on_loops, on_threads

from asgi_vs_wsgi.scenarios.analysis.target_score import ScoreCounter
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.wording import count, per_second, seconds, speed
from asgi_vs_wsgi.tui.drawing.glyphs import code, legend, legend_text
from asgi_vs_wsgi.tui.drawing.lanes.pane import Need, fair_shares, pane_heights
from asgi_vs_wsgi.tui.drawing.plain_text import GUTTER, MAKESPAN, Seen, lanes_text, score_text, sentence
from asgi_vs_wsgi.tui.drawing.time_axis import Window, ruler_text, step_ns


def test_the_ruler_puts_each_figure_where_its_tick_is():
    line = ruler_text(Window(0, 3_300 * MS, 66))
    assert line.split() == ["0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0", "s"]
    assert line.index("1.0") == 20
    assert line.index("3.0") == 60


def test_a_short_ruler_counts_milliseconds():
    assert ruler_text(Window(0, 100 * MS, 40)).split() == ["0", "20", "40", "60", "80", "ms"]


@given(st.integers(1_000, 10**12), st.integers(16, 250))
def test_the_ruler_always_bears_its_unit_once_and_at_its_last_figure(length: int, columns: int):
    window = Window(0, length, columns)
    words = ruler_text(window).split()
    assert words.count("s" if length >= 1000 * MS else "ms") == 1
    assert words[-1] in ("s", "ms")
    assert next(word for word in words if word not in ("s", "ms")) == "0"


def test_a_last_tick_without_room_for_its_unit_is_left_out():
    assert ruler_text(Window(0, 6_050 * MS, 60)).split() == ["0", "1", "2", "3", "4", "5", "s"]


@given(st.integers(1_000, 10**12), st.integers(1, 250))
def test_figures_on_the_ruler_never_run_into_one_another(length: int, columns: int):
    line = ruler_text(Window(0, length, columns))
    assert len(line) == columns
    assert step_ns(length, columns) * columns >= 6 * length or columns < 8


def test_the_legend_always_tells_the_five_main_states():
    assert legend_text() == ["█ running  ▓ blocked  ░ awaiting  ▚ stalled  · in line"]
    assert [role for role, _sign, _word in legend({code(State.SENDING), code(State.RUNNING)})][-1] == code(
        State.SENDING
    )


def test_the_score_counts_what_is_done_at_the_playhead():
    trace = on_threads(8, workers=2)
    keeper = ScoreCounter(trace)
    keeper.update_rows(range(8))
    assert keeper.score(START).done == 0
    half = keeper.score(trace.visits.done_ns[3])
    assert (half.done, half.planned) == (4, 8)
    assert half.p95_ns == trace.visits.done_ns[3] - START
    assert score_text(keeper.score(end_of(trace)), 1234 * MS) == "8/8 done · makespan 1.23 s · p95 0.81 s"
    assert keeper.score(START).done == 0


def test_failures_are_not_done():
    trace = on_threads(2)
    finish(trace.visits, 1, end_of(trace), outcome=FAILED)
    keeper = ScoreCounter(trace)
    keeper.update_rows(range(2))
    assert score_text(keeper.score(end_of(trace))) == "1/2 done · 1 failed · p95 0.20 s"


def test_who_left_has_not_failed_forth_and_back():
    trace = on_threads(2)
    finish(trace.visits, 1, end_of(trace), outcome=CANCELLED)
    keeper = ScoreCounter(trace)
    keeper.update_rows(range(2))
    assert score_text(keeper.score(end_of(trace))) == "1/2 done · 1 left · p95 0.20 s"
    assert score_text(keeper.score(START)) == "0/2 done"


def test_an_end_that_is_told_late_is_counted_all_the_same():
    trace = on_threads(4, workers=1)
    keeper = ScoreCounter(trace)
    keeper.update_rows([0, 1, 3])
    assert keeper.score(end_of(trace)).done == 3
    keeper.update_rows([2])
    assert keeper.score(end_of(trace)).done == 4
    assert keeper.complete


def _seen(trace, at_ns: int, over_ns: int = 0) -> Seen:
    keeper = ScoreCounter(trace)
    keeper.update_rows(range(len(trace.visits)))
    return Seen(book_of(trace), at_ns, keeper.score(at_ns), over_ns)


def test_the_sentence_says_who_waits_where():
    at_ns = START + 100 * MS
    said = sentence([_seen(on_threads(32), at_ns), _seen(on_loops(32), at_ns)])
    assert said == [
        "in line: gunicorn-sync 30, uvicorn 0 · awaiting: uvicorn 32",
        "in line: gunicorn-sync 30, uvicorn 0",
    ]


def test_of_one_server_the_sentence_needs_no_name():
    at_ns = START + 100 * MS
    assert sentence([_seen(on_loops(32), at_ns)])[:2] == [
        "0 in line at the workers · 32 awaiting on the loops",
        "0 in line · 32 awaiting",
    ]
    assert sentence([_seen(on_threads(4), at_ns)])[0] == "2 in line at the workers"


def test_of_many_targets_those_with_a_line_are_told_where_not_all_have_room_and_at_last_the_figures_alone():
    at_ns = START + 50 * MS
    traces = [on_threads(32, workers=workers) for workers in (2, 4, 8)] + [on_loops(32)] * 2
    said = sentence([_seen(trace, at_ns) for trace in traces])
    figures = [str(_seen(trace, at_ns).book.in_line(at_ns)) for trace in traces]
    assert said[-2] == "in line: " + ", ".join(f"gunicorn-sync {figure}" for figure in figures[:3])
    assert said[-1] == f"in line: {', '.join(figures)}"
    assert len(said[-1]) < 40


def test_targets_that_took_equally_long_are_told_together():
    targets = [on_threads(8), on_threads(8)]
    assert sentence([_seen(t, end_of(t), end_of(t) - START) for t in targets]) == [
        "makespan, until all were done: 0.81 s each",
        "makespan 0.81 s each",
    ]


def test_when_all_is_over_the_sentence_says_how_long_it_took():
    threads, loops = on_threads(32), on_loops(32)
    said = sentence([_seen(t, end_of(t), end_of(t) - START) for t in (threads, loops)])
    assert said == [f"{words}: gunicorn-sync 3.23 s · uvicorn 0.22 s" for words in (MAKESPAN, "makespan")]


def test_of_many_targets_the_first_and_the_last_are_told_where_there_is_no_room_for_all():
    ends = {"slow": on_threads(32), "quick": on_loops(32), "middling": on_threads(8)}
    said = sentence([_seen(t, end_of(t), end_of(t) - START) for t in ends.values()])
    assert said[2] == "makespan: first uvicorn 0.22 s · last gunicorn-sync 3.23 s"


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 200))
def test_shares_are_fair_and_use_the_room(wants: list[int], room: int):
    shares = fair_shares(wants, room)
    assert sum(shares) == min(room, sum(wants))
    assert all(share <= want for share, want in zip(shares, wants, strict=True))
    short = [share for share, want in zip(shares, wants, strict=True) if share < want]
    assert not short or max(shares) - min(short) <= 1  # what is left over goes to some


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 80)), min_size=1, max_size=4), st.integers(0, 120))
def test_panes_never_need_more_than_there_is(needs: list[tuple[int, int]], room: int):
    heights = pane_heights([Need(*need) for need in needs], room)
    assert sum(height.lines for height in heights) <= room


def test_a_small_pane_grows_taller_only_where_all_fit():
    roomy = pane_heights([Need(1, 2), Need(2, 34)], 50)
    assert [height.tall for height in roomy] == [3, 1]
    tight = pane_heights([Need(1, 2), Need(2, 34)], 20)
    assert [(height.lines, height.tall) for height in tight] == [(3, 1), (17, 1)]


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_plain_text_has_the_same_lanes_and_fits(width: int):
    lines = lanes_text([on_threads(), on_loops(), on_held_loop()], width)
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("WSGI · gunicorn sync · 2 workers")
    assert lines[0 if width > 70 else 1].endswith("32/32 done · makespan 3.23 s · p95 3.23 s")
    text = "\n".join(lines)
    assert all(sign in text for sign in "▓░▚█")
    told = next(at for at, line in enumerate(lines) if line.startswith("█ running"))
    assert "▓ blocked  ░ awaiting  ▚ stalled  · in line" in lines[told]
    assert lines[told - 1].startswith(" " * GUTTER + "0 ")


def test_plain_text_counts_the_rows_that_it_leaves_out():
    lines = lanes_text([on_loops()], 100, rows_per_target=10)
    assert lines[10].strip() == "27 more lanes: 14 of worker 1, 13 of worker 2"


def test_without_visitors_there_is_nothing_to_draw():
    trace = on_threads(1)
    trace.visits.intended_ns[0] = trace.visits.done_ns[0] = 0
    assert lanes_text([trace], 80) == []
    assert lanes_text([], 80) == []


@pytest.mark.parametrize(
    ("time_s", "words"),
    [(0.0004, "0.4 ms"), (0.0042, "4.2 ms"), (0.042, "42 ms"), (0.23, "0.23 s"), (14.2, "14.2 s"), (142, "142 s")],
)
def test_times_have_the_digits_that_people_read(time_s: float, words: str):
    assert seconds(time_s) == words


def test_other_figures():
    assert per_second(9.87) == "9.9/s"
    assert per_second(12_400) == "12 400/s"
    assert count(1, "visitor") == "1 visitor"
    assert count(12_000, "visitor") == "12 000 visitors"
    assert [speed(Fraction(*pair)) for pair in ((1, 6), (1, 1), (4, 1))] == ["1/6", "full speed", "4×"]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1.2), min_size=1, max_size=20))
def test_the_score_is_the_same_wherever_the_playhead_has_been(moments: list[float]):
    trace = on_threads(200, workers=3, wait_ns=MS)
    trace.visits.outcome[7] = FAILED
    keeper = ScoreCounter(trace)
    keeper.update_rows(range(200))
    length = keeper.last_end_ns - START
    for moment in moments:
        fresh = ScoreCounter(trace)
        fresh.update_rows(range(200))
        at_ns = START + int(moment * length)
        assert keeper.score(at_ns) == fresh.score(at_ns)


@given(st.permutations(range(150)), st.lists(st.integers(1, 100), min_size=1, max_size=4), st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_whoever_is_told_of_in_whatever_order_and_number_the_score_is_the_same(rows, parts, place):
    trace = on_threads(150, workers=3)
    whole, told = ScoreCounter(trace), ScoreCounter(trace)
    whole.update_rows(range(150))
    playhead_ns = START + round(place * (end_of(trace) - START))
    while rows:
        told.update_rows(rows[: parts[0]])
        told.score(playhead_ns)
        rows, parts = rows[parts[0] :], [*parts[1:], parts[0]]
    assert told.score(playhead_ns) == whole.score(playhead_ns)


def test_what_was_done_to_a_server_stands_on_the_ruler_in_place_of_figures_that_it_covers():
    line = ruler_text(Window(0, 3_300 * MS, 66), [(1_010 * MS, "reload")])
    assert line.index("▲reload") == 20
    assert "1.0" not in line
    assert line.split() == ["0", "0.5", "▲reload", "1.5", "2.0", "2.5", "3.0", "s"]


def test_at_the_end_of_the_ruler_the_word_stands_before_its_mark_and_without_room_the_mark_alone():
    line = ruler_text(Window(0, 1_000 * MS, 60), [(990 * MS, "stop")])
    assert line.endswith("stop▲ ") or line.endswith("stop▲")
    assert line.index("▲") == 59
    close = ruler_text(Window(0, 1_000 * MS, 60), [(500 * MS, "pause"), (540 * MS, "resume"), (700 * MS, "stop")])
    assert "▲pause" in close
    assert "▲resume" not in close
    assert "▲stop" in close


def test_the_same_done_to_several_servers_at_nearly_the_same_time_is_told_once():
    line = ruler_text(
        Window(0, 4_000 * MS, 80), [(1_000 * MS, "reload"), (1_020 * MS, "reload"), (3_000 * MS, "reload")]
    )
    assert line.count("▲reload") == 2


@given(
    st.integers(1_000, 10**12),
    st.integers(1, 250),
    st.lists(st.tuples(st.floats(-0.2, 1.2), st.sampled_from(["reload", "stop", "worker-stop"])), max_size=6),
)
def test_a_ruler_with_marks_is_as_wide_as_its_window_and_nothing_runs_into_another(length, columns, happened):
    marks = [(round(share * length), word) for share, word in happened]
    line = ruler_text(Window(0, length, columns), marks)
    assert len(line) == columns
    for word in line.split():
        assert word in {"▲", "s", "ms", *(f"▲{each}" for _, each in marks), *(f"{each}▲" for _, each in marks)} or (
            word.replace(".", "").isdigit()
        )
