"""Of runs of every odd sort, and of saved ones, a cause says what was measured and counted, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_odd_runs import odd_run
from saved_runs import saved_run

from asgi_vs_wsgi.scenarios.analysis.cause import cause_of
from asgi_vs_wsgi.scenarios.load.visits import CANCELLED, DONE
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, figure
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.report.run_report import report


def gone_without(trace: TargetTrace) -> int:
    """How many of those who came and stayed got no 2xx."""
    visits = trace.visits
    rows = [row for row in range(len(visits)) if visits.outcome[row] != CANCELLED]
    return sum(not (visits.outcome[row] == DONE and visits.status[row] // 100 == 2) for row in rows)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200))
def test_a_cause_rests_on_figures_and_counts_those_without_a_page_as_they_were(seed):
    run = odd_run(seed)
    cause, text = run.result.cause, "\n".join(report(run.experiment, run.outcome, 120))
    assert cause
    assert " ".join(f"Why: {cause.words}.".split()) in " ".join(text.split())
    by_name = {target.name: target for target in run.result.targets}
    for fact in cause.facts:
        if fact.figure in METRICS:
            assert figure(by_name[fact.target], fact.figure) == fact.value
    for name, gone, of in re.findall(r"(\S+) left (\d+) of (\d+) without a page", cause.words):
        trace = run.trace(name)
        assert (int(gone), int(of)) == (gone_without(trace), len(trace.visits))
    if cause.kind == "none":
        assert not cause.facts
    elif not any(gone_without(run.trace(name)) for name in cause.targets):
        assert "without a page" not in cause.words
    if "each " in cause.words and " worker was blocked" in cause.words:
        (name,) = re.findall(r"each (\S+) worker was blocked", cause.words)
        assert all(worker.blocked_share >= 0.8 for worker in by_name[name].workers_seen)


@pytest.mark.parametrize("name", ["slow-io", "blocked-loop", "streaming"])
def test_the_cause_of_a_saved_run_is_that_of_its_figures(name):
    result, _ = saved_run(name)
    found = cause_of(result)
    assert found
    assert found.kind == "difference"
    assert found.targets[-1] == result.verdict.winner


def test_what_others_took_of_the_machine_is_one_share_in_verdict_and_cause():
    """Each target was measured while others took another: of the two that differ less than of the third."""
    result, _ = saved_run("connections")
    found = cause_of(result)
    assert found
    shares = {share for words in (result.verdict.words, found.words) for share in TAKEN.findall(words)}
    assert len({target.machine.taken for target in result.targets}) == 3
    assert shares == {"94%"}


TAKEN = re.compile(r"other programs took (\S+) of the machine")
