"""Saved runs may gain columns: those of before open as they were."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.storage.run_file import LATER_COLUMNS, _trace, saved_target
from asgi_vs_wsgi.scenarios.storage.run_validation import _class_faults, _column_faults
from asgi_vs_wsgi.scenarios.trace.states import State


def slow_sender(recording):
    rec = recording(requests=1)
    rec.visit(0, 900, sent=600)
    rec.visits.send_start_ns[0] = rec.at(100)
    rec.begin(1, 0, 700)
    rec.end(1, 0, 890)
    return rec.trace()


def test_when_a_request_began_to_be_sent_is_saved(recording):
    trace = slow_sender(recording)
    again = _trace(saved_target(trace))
    again.decode()
    assert again.visits.send_start_ns == trace.visits.send_start_ns
    assert again.state_totals_ns(0) == trace.state_totals_ns(0)
    assert again.state_totals_ns(0)[State.RECEIVING] == 500_000_000


def test_a_run_without_the_column_opens_with_the_figures_that_it_had(recording):
    saved = saved_target(slow_sender(recording))
    old = replace(saved, columns={name: data for name, data in saved.columns.items() if name not in LATER_COLUMNS})
    again = _trace(old)
    again.decode()
    totals = again.state_totals_ns(0)
    assert (totals[State.CONNECTING], totals[State.RECEIVING]) == (600_000_000, 0)
    assert sum(totals) == 900_000_000


@pytest.mark.parametrize(
    ("data", "fault"), [(b"12345678" * 2, "not as long"), ((-1).to_bytes(8, "little", signed=True), "no time")]
)
def test_a_later_column_that_is_wrong_inside_is_told_as_any_other(recording, data, fault):
    saved = saved_target(slow_sender(recording))
    wrong = replace(saved, columns=saved.columns | {"send_start_ns": data})
    assert list(_column_faults(saved)) == []
    assert fault in next(_column_faults(wrong))


def test_which_of_several_paths_each_visitor_asked_for_is_saved_and_must_be_told_of_all(recording):
    trace = slow_sender(recording)
    trace.turns.append(3)
    saved = saved_target(trace)
    assert list(_trace(saved).turns) == [3]
    assert list(_trace(saved_target(slow_sender(recording))).turns) == []
    assert list(_class_faults(saved)) == []
    assert list(_class_faults(replace(saved, turns=b"123456"))) == ["the column turns is not as long as the others"]
