"""What was seen in a race, which is no verdict: who was done first, and how long each took.

uvicorn was done first: 0.22 s, gunicorn-sync 3.25 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.analysis.rank import order_of_ends
from asgi_vs_wsgi.tui.report.figures import in_seconds
from asgi_vs_wsgi.tui.report.verdict import told_of_each

if TYPE_CHECKING:
    from collections.abc import Collection

    from asgi_vs_wsgi.scenarios.results import RunResult

NO_VERDICT_OF_RACES = "no verdict: in a race they share the machine; m measures one after another"


def seen_in_race(result: RunResult, plain: Collection[str]) -> str:
    """The figures that the scenario is about; of a metric in `plain`, the times. Empty where there is nothing to say.

    Where the load driver was the limit nobody was done first.
    """
    if result.mode != "race" or any(each.driver.limited for each in result.targets):
        return ""
    if figures := told_of_each(result, plain):
        return figures[0]
    if not (took := order_of_ends(result.targets)):
        return ""
    (first_s, first), *others = took
    later = ", ".join(f"{name} {in_seconds(time_s)}" for time_s, name in others)
    return f"{first} was done first: {in_seconds(first_s)}, {later}"
