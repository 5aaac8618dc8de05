"""How far a run that was stopped had come, in words: what there is of it, and so what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.text.numbers import count

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.results.outcome import PartialRun


def stopped_words(stopped: PartialRun) -> list[str]:
    """`stopped in round 2 of 3: the figures are of 1 round`; the fullest first."""
    return [f"stopped {where}" for where in _how_far(stopped)] + ["stopped"]


def _how_far(stopped: PartialRun) -> list[str]:
    if stopped.rounds and stopped.rounds == stopped.of_rounds:
        steps = f"{stopped.steps} of {count(stopped.of_steps, 'point')}"
        return [f"on the ladder: {steps} {'is' if stopped.steps == 1 else 'are'} there", "on the ladder"]
    if stopped.rounds:
        place = f"in round {stopped.rounds + 1} of {stopped.of_rounds}"
        rounds = count(stopped.rounds, "round")
        return [f"{place}: the figures are of {rounds}", place]
    each = ", ".join(f"{target.target} {target.served} of {target.planned}" for target in stopped.visitors)
    total = sum(target.served for target in stopped.visitors), sum(target.planned for target in stopped.visitors)
    return [f"before its end: no figures; served: {each}", f"with {total[0]} of {total[1]} visitors served"]
