"""Where visitors are of several kinds: those of whom the fewest come, who would be lost among the others."""

from __future__ import annotations

from collections import Counter

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


def fewest(trace: TargetTrace) -> int:
    """The kind with the fewest visitors, as an index into the trace's classes; -1 where all are of one kind."""
    counts = Counter(trace.class_of) if len(trace.classes) > 1 else Counter()
    return min(counts, key=counts.__getitem__) if len(counts) > 1 else -1


def kind_words(trace: TargetTrace, row: int) -> str:
    """` (ordinary)`: the kind of a visitor, "" where all are of one."""
    return f" ({trace.classes[trace.class_of[row]].replace('_', ' ')})" if len(trace.classes) > 1 else ""
