"""What Compare says of each target is what the verdict's rule says of it."""

from __future__ import annotations

import pytest
from made_result import made_result
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.results import Round
from asgi_vs_wsgi.tui.modes.compare import rank_label


def measured(*figures: float):
    """uvicorn, which won with 230 ms, and gunicorn-sync with these rounds."""
    result = made_result()
    rounds = [Round("uvicorn", n, 0.25, 230.0 + n, 32, 230.0 + n) for n in range(1, len(figures) + 1)]
    rounds += [Round("gunicorn-sync", n, 1, each, 32, each) for n, each in enumerate(figures, 1)]
    middle = sorted(figures)[len(figures) // 2]
    gunicorn = result.targets[0]
    slower = replace(gunicorn, latency_ms=replace(gunicorn.latency_ms, p95=middle))
    return replace(result, rounds=rounds, targets=[slower, result.targets[1]])


@pytest.mark.parametrize(
    ("rounds", "words"),
    [
        ((3230.0, 3240.0, 3250.0), "✕ 14.1 times worse"),
        ((3230.0,), "✕ 14 times worse"),
        ((400.0,), "= not told apart"),
        ((250.0, 251.0, 252.0), "= no real difference"),
        ((231.0, 400.0, 2000.0), "= no real difference"),
        ((233.1, 600.0, 5000.0), "= not told apart"),
    ],
)
def test_who_is_behind_the_winner_by_no_more_than_chance_is_not_told_to_be_worse(rounds, words):
    result = measured(*rounds)
    assert rank_label(result, result.targets[0]) == words


def test_a_run_that_was_saved_without_the_verdicts_figure_in_its_rounds_is_told_by_its_medians():
    result = made_result()
    assert rank_label(result, result.targets[0]) == "✕ 14 times worse"
    assert rank_label(result, result.targets[1]) == "✓ best"
