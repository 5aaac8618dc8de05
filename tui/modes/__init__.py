"""The nine modes of the screen, on the keys 1 to 9: ways of looking at one scenario and its run.

Watch draws lanes and is the main area's own; the others are pure functions from a Sight to words and bars.
"""

from __future__ import annotations

NAMES = ("watch", "code", "compare", "pipeline", "waterfall", "vitals", "tips", "quiz", "what-if")
TOOLTIPS = (
    "The lanes",
    "The views side by side, with the lines that held a worker, and why requests failed",
    "What each target did with the same visitors",
    "Where a request's time goes, stage by stage",
    "One bar for each visitor",
    "What browsers measure, and a server's part in it",
    "Advice, and what this run says of it",
    "A prediction, and questions",
    "Other numbers: simulated from the run, or by a law, beside what was measured",
)
