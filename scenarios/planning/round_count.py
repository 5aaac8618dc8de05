"""How many rounds to measure where the user has not said: more of them where they are short, within a bounded time.

Short rounds are noisy ones: what the scheduler or another program takes of a tenth of a second is a large part of it.
"""

from __future__ import annotations

LEAST_ROUNDS, MOST_ROUNDS = 3, 7
"""Below three a target's own spread is hardly known; beyond seven a difference that is still not told is small."""
RUN_BUDGET_S = 15.0
TOURNAMENT_BUDGET_S = 60.0
"""That measuring may take where the least number of rounds takes less; a round of all servers takes some 40 s."""


def round_count(first_round_s: float, least: int, most: int, budget_s: float) -> int:
    """As many as fit into the time, between `least` and `most`; an odd number, which has a round in its middle."""
    if first_round_s * most <= budget_s:
        return max(least, most)
    fitting = int(budget_s / first_round_s)
    return max(least, fitting - 1 + fitting % 2)
