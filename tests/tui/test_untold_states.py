"""Where the kernel does not show system calls, no sentence says blocked or stalled alone, and one line says why."""

from __future__ import annotations

import msgspec
import pytest
from made_news import opened
from made_traces import on_held_loop, on_threads
from msgspec.structs import replace
from saved_runs import saved_run
from test_report import target
from test_report import told as report_of

from asgi_vs_wsgi.scenarios.analysis.advice import awaited, concurrency, threads, wsgi_blocks
from asgi_vs_wsgi.scenarios.analysis.figures_so_far import ProgressiveFigures
from asgi_vs_wsgi.scenarios.analysis.time_spent import Spent, computes, gain, share, spent_ms
from asgi_vs_wsgi.scenarios.lab.publisher import TraceCursor
from asgi_vs_wsgi.scenarios.results import BlockingLine, Telemetry, WorkerSeen
from asgi_vs_wsgi.scenarios.storage.run_file import SavedTarget, saved_target
from asgi_vs_wsgi.scenarios.trace.states import NOT_SHOWN, STATE_NAMES, UNTOLD, State
from asgi_vs_wsgi.tui.drawing.glyphs import code, legend_text
from asgi_vs_wsgi.tui.drawing.plain_text import lanes_text
from asgi_vs_wsgi.tui.drawing.visitor_story import story, story_in_short
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory
from asgi_vs_wsgi.tui.modes.gain_text import gain_text
from asgi_vs_wsgi.tui.modes.tip_evidence import evidence
from asgi_vs_wsgi.tui.playback.recording import Recording

STATES = dict.fromkeys(STATE_NAMES, 0.0) | {"queued": 600.0, "blocked": None, "stalled": None}
WAITED = STATES | {UNTOLD: 1000.0, "running": 100.0}


def untold(trace):
    for worker in trace.workers.values():
        worker.shows_calls = False
        worker.reads_lines = False
    return trace


def hidden(name="a", **changed):
    """A target whose workers' waits have no reason that is known."""
    known = {
        "states_ms": WAITED,
        "telemetry": Telemetry(100, 0, shows_calls=False),
        "workers_seen": [WorkerSeen(1, 32, 0.99, None, None, 41.0, 2, None)],
        "blame": [BlockingLine("views.py:12 page", "blocked_or_stalled", 6400.0)],
        "interface": "wsgi",
        "workers": 2,
        "threads": 1,
    }
    return target(name, **known | changed)


def test_the_report_says_it_once_in_one_line_and_has_one_row_for_both():
    text = report_of(hidden("a"), hidden("b"), width=160)
    assert text.count(NOT_SHOWN) == 1
    rows = {line.rsplit("  ", 2)[0].strip(): line for line in text.splitlines()}
    assert "blocked or stalled" in text
    row = next(line for line in text.splitlines() if line.startswith("blocked or stalled"))
    assert row.split()[-4:] == ["1.00", "s", "1.00", "s"]
    assert not any(line.startswith(("blocked ", "stalled ")) and "or" not in line for line in rows.values())
    together = next(line for line in text.splitlines() if line.startswith("together"))
    assert "1.70 s" in together
    assert "6.40 s   blocked or stalled" in text


def test_beside_a_target_that_is_told_the_row_is_left_open_and_not_zero():
    lines = report_of(hidden("a"), target("b"), width=160).splitlines()
    blocked = next(line for line in lines if line.startswith("blocked") and "or" not in line)
    assert blocked.split() == ["blocked", "–", "0.20", "s"]


def test_a_run_on_a_kernel_that_shows_them_says_nothing_of_it():
    text = report_of(target("a"))
    assert NOT_SHOWN not in text
    assert "blocked or stalled" not in text


def test_the_legend_explains_the_state_where_it_is_drawn():
    assert "▙ blocked or stalled" in " ".join(legend_text({code(State.BLOCKED_OR_STALLED)}))
    assert "▙" not in " ".join(legend_text())


def test_the_lanes_draw_one_state_for_both_and_what_is_exact_stays():
    threads_drawn, loop_drawn = untold(on_threads(8)), untold(on_held_loop(4))
    told_before, told_of_loop = lanes_text([on_threads(8)], 100), lanes_text([on_held_loop(4)], 100)
    drawn = lanes_text([threads_drawn], 100)
    assert "▓" not in "".join(drawn[:-1])
    assert "".join(drawn).count("▙") == "".join(told_before).count("▓")  # as long, and explained
    loop = lanes_text([loop_drawn], 100)
    assert "".join(loop[:-1]).count("▚") == "".join(told_of_loop[:-1]).count("▚") > 0


@pytest.mark.parametrize("make", [on_threads, on_held_loop])
def test_the_stories_do_not_say_that_it_was_blocked(make):
    trace = untold(make(4))
    at_ns = max(trace.visits.done_ns)
    (worker, *_) = trace.workers.values()
    words = [story(trace, 0, at_ns), story_in_short(trace, 0, at_ns), WorkerStory(trace, worker).words(at_ns)]
    for each in words:
        assert "blocked" not in each.replace("blocked or stalled", "")
    if make is on_threads:
        assert all("blocked or" in each for each in words)


def test_the_figures_so_far_are_null_as_those_of_the_result():
    trace = untold(on_threads(8))
    so_far = ProgressiveFigures(trace).target(max(trace.visits.done_ns))
    assert so_far.states_ms["blocked"] is so_far.states_ms["stalled"] is None
    assert so_far.states_ms[UNTOLD] > 0
    assert sum(filter(None, so_far.states_ms.values())) == pytest.approx(so_far.latency_ms.mean)
    assert {worker.blocked_share for worker in so_far.workers_seen} == {None}


def test_no_sentence_takes_what_is_not_known_for_nothing():
    waits = hidden(states_ms=STATES | {UNTOLD: 900.0, "running": 200.0})
    assert not computes(waits), "it may have waited for all of the rest"
    assert spent_ms(waits, "blocked", "stalled") == 900
    assert share(waits, "blocked") == share(waits, "stalled") == 0
    (told_of_wsgi,) = evidence(wsgi_blocks, [waits])
    assert told_of_wsgi.supports is None
    assert "little was blocked" not in told_of_wsgi.words
    assert "not shown" in told_of_wsgi.words
    found = gain(waits)
    assert found.good is None
    assert found.spent in (Spent.MIXED, Spent.BLOCKED_OR_STALLED)
    assert "blocked or stalled" in gain_text(found, waits, "latency_ms.p95")


def test_no_sentence_says_of_a_loop_what_only_the_kernel_could():
    asgi = hidden(interface="asgi", states_ms=STATES | {"queued": 0.0, UNTOLD: 1600.0, "awaiting": 50.0})
    asgi = replace(asgi, workers_seen=[WorkerSeen(1, 32, 0.99, None, 80.0, 41.0, 40, None)])
    for each in (*evidence(awaited, [asgi]), *evidence(concurrency, [asgi]), *evidence(threads, [asgi])):
        assert "others went on" not in each.words
        assert "not by its view" not in each.words


def test_the_screen_and_a_saved_run_know_what_the_lab_knew():
    trace = untold(on_threads(4))
    recording, feeder = Recording(opened([trace])), TraceCursor(0, trace)
    while feed := feeder.feed():
        recording.apply_delta(feed)
    on_screen = [(each.shows_calls, each.reads_lines) for each in recording.traces[0].workers.values()]
    assert on_screen == [(False, False)] * len(trace.workers)
    packed = msgspec.msgpack.encode(saved_target(trace))
    saved = msgspec.msgpack.decode(packed, type=SavedTarget)
    assert [(each.shows_calls, each.reads_lines) for each in saved.workers] == [(False, False)] * len(trace.workers)


def test_a_run_that_was_saved_before_there_was_the_state_says_nothing_of_it():
    result, traces = saved_run("slow-io")
    assert all(worker.shows_calls and worker.reads_lines for trace in traces for worker in trace.workers.values())
    assert all(target.telemetry.shows_calls for target in result.targets)
    assert UNTOLD not in result.targets[0].states_ms
