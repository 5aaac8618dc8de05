"""What stands on the border of a pane says what it shows, in as many words as there is room for."""

from __future__ import annotations

import pytest
from drawn import end_of
from made_traces import facts, on_loops

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.playback.playback import TargetPlayback
from asgi_vs_wsgi.tui.widgets.lanes_border import border_title, empty_words, tight_line


def _titled(width: int, **changes: object) -> str:
    trace = TargetTrace(facts("asgi", **changes), on_loops(2).visits)
    return border_title(TargetPlayback(trace), width)


@pytest.mark.parametrize(
    ("width", "title"),
    [
        (80, "asgi-async · ASGI · gunicorn asgi · async generator · one event loop each"),
        (60, "asgi-async · ASGI · gunicorn asgi · async generator"),
        (40, "asgi-async · ASGI · async generator"),
        (34, "asgi-async · async generator"),
        (24, "asgi-async · ASGI"),
    ],
)
def test_a_title_keeps_what_tells_targets_of_one_server_apart(width: int, title: str):
    named = {"name": "asgi-async", "server": "gunicorn-asgi", "label": "gunicorn asgi · async generator"}
    assert _titled(width, **named) == title


@pytest.mark.parametrize("width", range(34, 81))
def test_the_numbers_that_differ_stay_in_a_title_as_long_as_the_name_does(width: int):
    targets = [
        facts("wsgi", name=name, server="gunicorn-sync", label=f"gunicorn sync · {workers} workers")
        for name, workers in (("gunicorn-sync", 2), ("gunicorn-sync-2", 4))
    ]
    shown = [TargetPlayback(TargetTrace(each, on_loops(2).visits)) for each in targets]
    for each in shown:
        each.beside = targets
    titles = [border_title(each, width) for each in shown]
    assert ["2 workers" in titles[0], "4 workers" in titles[1]] == [True, True]


def test_threads_are_told_by_their_number_where_the_word_has_no_room():
    threads = {"name": "gthread", "server": "gunicorn-gthread", "label": "gunicorn gthread · 2 workers × 16 threads"}
    assert _titled(24, **threads) == "gthread · 2 × 16"


@pytest.mark.parametrize("columns", range(66, 100, 3))
def test_a_tight_pane_leaves_out_how_many_lanes_are_hidden_before_what_tells_it_apart(columns: int):
    trace = on_loops(32)
    trace.facts = facts("asgi", name="uvicorn-2", label="uvicorn · 4 workers")
    target = TargetPlayback(trace)
    target.update_rows(set(range(32)), end_of(trace))
    target.position_ns = target.recorded_ns
    title, _rest = tight_line(target, 3, columns)
    assert "4 workers" in title


def test_a_target_that_has_the_name_of_its_server_is_told_by_it():
    assert _titled(24) == "uvicorn · ASGI"


def test_a_pane_says_what_it_waits_for_until_the_first_visitor_comes():
    trace = on_loops(4)
    target = TargetPlayback(trace)
    assert empty_words(target) == "Waits for its first visitor."
    target.update_rows(set(range(4)), end_of(trace))
    assert empty_words(target) == ""


def test_a_pane_whose_run_ended_before_says_that_nobody_came():
    target = TargetPlayback(on_loops(4))
    target.closed = True
    assert empty_words(target) == "Nobody came before the run ended."
