"""A visitor's story in words: only what was recorded, and only up to the moment."""

from __future__ import annotations

from array import array

import pytest
from drawn import book_of
from made_traces import MS, START, Scribe, burst_visits, facts, finish, on_held_loop, on_loops, on_threads
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, FAILED, TIMEOUT
from asgi_vs_wsgi.scenarios.trace.target_trace import PageFacts, TargetTrace
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind, Seen, pack_sample
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import next_number, on_next_lane
from asgi_vs_wsgi.tui.drawing.visitor_story import story, story_in_short

LATER = START + 60_000 * MS


def test_who_stood_in_line_and_then_held_a_worker_is_told_so_with_times_and_the_worker():
    words = story(on_threads(8), 5, LATER)
    assert words == (
        "Visitor 6 was in line for a worker 0.40 s, then held worker 2 for 0.20 s: blocked 0.20 s, running 2.0 ms. "
        "Answered after 0.61 s."
    )


def test_a_story_knows_nothing_of_what_comes_after_the_moment():
    trace = on_threads(8)
    assert story(trace, 5, START) == "Visitor 6 has not come yet."
    assert story(trace, 5, START + 100 * MS) == "Visitor 6 has been in line for a worker 0.10 s. No answer yet."
    assert "held worker 2 for 0.10 s" in story(trace, 5, START + 505 * MS)
    assert "Answered" not in story(trace, 5, START + 505 * MS)


def test_who_was_awaiting_is_told_that_the_loop_was_free():
    assert "was in worker 1 for 0.20 s: awaiting 0.20 s while its loop was free" in story(on_loops(4), 0, LATER)


def test_who_was_stalled_is_told_behind_whom():
    assert "stalled 0.10 s behind visitor 1" in story(on_held_loop(4), 1, LATER)
    assert "behind 3 others" in story(on_held_loop(4), 3, LATER)


def test_a_line_is_blamed_where_the_sampler_saw_one():
    trace = on_held_loop(2)
    trace.workers[61].locations[1] = "views.py:12 page"
    assert "blocked 0.10 s at views.py:12 page" in story(trace, 0, LATER)


def test_a_worker_that_sends_the_answer_itself_is_told_to_and_what_is_on_its_way_later_nobody_holds():
    trace, scribe = TargetTrace(facts("wsgi"), burst_visits(1)), Scribe()
    scribe.thread(101, START, START + 200 * MS, cpu_ns=0)
    scribe.write(START + 40 * MS, Kind.SAMPLE, 101, value=pack_sample(1000, 1), lane=1, flag=Seen.BLOCKED)
    scribe.write(START + 50 * MS, Kind.RESPONSE_START, 101, value=200)
    for at_ms in (60, 190):
        scribe.write(START + at_ms * MS, Kind.SAMPLE, 101, value=pack_sample(1000, 2), lane=1, flag=Seen.SERVING)
    trace.feed(41, scribe.packed())
    finish(trace.visits, 0, START + 300 * MS)
    words = story(trace, 0, LATER)
    assert "then held worker 1 for 0.20 s: sending the answer 0.15 s, blocked 50 ms. Answered after 0.30 s" in words
    assert "sending the answer 30 ms" in story(trace, 0, START + 80 * MS)
    assert story_in_short(trace, 0, LATER) == ("was sending 0.15 s and blocked 50 ms; answered after 0.30 s")


def test_a_worker_that_still_has_what_was_answered_is_told():
    trace = on_held_loop(4, tidied_at_once=False)
    assert story(trace, 0, START + 200 * MS).endswith("Answered after 0.10 s; worker 1 is not done with it yet.")
    assert story(trace, 0, LATER).endswith("Answered after 0.10 s; worker 1 was done with it 0.30 s later.")
    assert story(trace, 3, LATER).endswith("Answered after 0.40 s.")


def _one(outcome: int, *, ends_ns: int) -> TargetTrace:
    trace = TargetTrace(facts("wsgi"), burst_visits(1))
    scribe = Scribe()
    scribe.thread(101, START + MS, ends_ns, cpu_ns=MS)
    trace.feed(41, scribe.packed())
    finish(trace.visits, 0, START + 300 * MS, outcome)
    return trace


def test_work_for_somebody_who_has_left_is_told():
    words = story(_one(CANCELLED, ends_ns=START + 900 * MS), 0, LATER)
    assert words.endswith("Left after 0.30 s, without an answer; worker 1 went on with it for 0.60 s.")


def test_a_failure_is_told_with_its_kind():
    trace = _one(FAILED, ends_ns=START + 300 * MS)
    trace.visits.error[0] = TIMEOUT
    assert story(trace, 0, LATER).endswith("Failed after 0.30 s: its time was up.")


def test_without_a_probe_the_story_claims_nothing_of_the_worker():
    trace = TargetTrace(facts("wsgi"), burst_visits(1))
    finish(trace.visits, 0, START + 300 * MS)
    assert story(trace, 0, LATER) == "Visitor 1: no worker was looked into. Answered after 0.30 s."


def test_the_arrow_keys_go_from_lane_to_lane_at_the_same_time():
    book = book_of(on_threads(8))
    assert on_next_lane(book, 0, 1, LATER) == 7
    assert on_next_lane(book, 3, 1, LATER) == 4
    assert on_next_lane(book, 4, -1, LATER) == 3
    assert on_next_lane(book, 4, 1, LATER) == 4
    assert on_next_lane(book, 0, 1, START) == 0


@pytest.mark.parametrize(("number", "steps", "expected"), [(0, 1, 1), (0, -1, 8), (3, 1, 4), (8, 1, 0), (1, -1, 0)])
def test_the_next_visitor_is_the_next_number_and_beyond_the_last_there_is_nobody(number, steps, expected):
    assert next_number(number, steps, 8) == expected


def test_of_an_answer_in_pieces_the_story_tells_when_the_first_byte_came():
    trace = on_threads(2)
    took_ns = trace.visits.done_ns[0] - trace.visits.intended_ns[0]
    trace.visits.first_byte_ns[0] = trace.visits.intended_ns[0] + 3 * MS
    assert took_ns > 100 * MS
    assert story(trace, 0, LATER).endswith("Answered after 0.20 s, the first byte after 3.0 ms.")
    assert story(trace, 0, START + 100 * MS).endswith("The first byte came after 3.0 ms, the whole answer not yet.")
    assert story(trace, 0, START + 2 * MS).endswith("No answer yet.")


def test_where_visitors_are_of_several_kinds_the_story_names_the_kind():
    trace = on_threads(2)
    trace.classes, trace.class_of = ("fast", "beside_readers"), array("H", [0, 1])
    assert story(trace, 0, LATER).startswith("Visitor 1 (fast) was begun")
    assert story(trace, 1, LATER).startswith("Visitor 2 (beside readers) ")


@pytest.mark.parametrize(
    ("lookers", "words"),
    [
        (0, ["(login: page 1 of 2 of visitor 1)", "(page 2 of 2 of visitor 1)", "(login: page 1 of 2 of visitor 3)"]),
        (1, ["(looker)", "(buyer, login: page 1 of 2 of visitor 2)", "(buyer, page 2 of 2 of visitor 2)"]),
    ],
)
def test_of_several_pages_the_story_names_the_page_and_whose_it_is(lookers, words):
    trace = on_threads(4)
    trace.classes = ("looker", "buyer") if lookers else ("buyer",)
    trace.class_of = array("H", [0, 1, 1, 1]) if lookers else array("H")
    trace.facts = replace(trace.facts, pages={"buyer": [PageFacts("login", "page"), PageFacts("2", "page")]})
    for row, told in enumerate(words):
        assert story(trace, row, LATER).startswith(f"Visitor {row + 1} {told} ")


def test_in_short_a_story_tells_the_line_what_took_longest_and_the_end():
    assert story_in_short(on_threads(8), 5, LATER) == (
        "was in line 0.40 s, then was blocked 0.20 s and running 2.0 ms; answered after 0.61 s"
    )
    assert story_in_short(on_loops(4), 0, LATER).startswith("was awaiting 0.20 s")
    assert "was stalled 0.10 s and blocked 0.10 s; answered after 0.20 s" in story_in_short(on_held_loop(4), 1, LATER)


def test_in_short_too_nothing_is_told_of_what_comes_after_the_moment():
    assert story_in_short(on_threads(8), 5, START) == "has not come yet"
    assert story_in_short(on_threads(8), 5, START + 100 * MS) == "has been in line 0.10 s; no answer yet"


def test_in_short_who_left_or_failed_is_not_told_as_answered():
    assert story_in_short(_one(CANCELLED, ends_ns=START + 900 * MS), 0, LATER).endswith(
        "; left without an answer after 0.30 s"
    )
    assert story_in_short(_one(FAILED, ends_ns=START + 300 * MS), 0, LATER).endswith("; failed after 0.30 s")


def test_in_the_shortest_wording_a_short_wait_in_line_is_left_out_and_a_long_one_is_told():
    assert story_in_short(on_held_loop(4), 1, LATER, most=1) == "was stalled 0.10 s; answered after 0.20 s"
    assert story_in_short(on_threads(8), 5, LATER, most=1) == (
        "was in line 0.40 s, then was blocked 0.20 s; answered after 0.61 s"
    )
