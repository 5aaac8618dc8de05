"""Whether the workers' records are those of the visitors: the two halves of a request are joined by its number alone.

Where they do not join, every answered visitor looks like one whom no worker has ever begun, and a picture of a long
queue would be drawn of a server that was quick.
"""

from __future__ import annotations

from typing import NamedTuple

from asgi_vs_wsgi.scenarios.load.visits import DONE
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


class Joining(NamedTuple):
    """How many visitors were answered, how many of them no worker has a record of, and whose records there are."""

    answered: int
    unjoined: int
    unknown: int
    """Requests that workers began under numbers which no visitor of the run has had so far."""

    @property
    def failed(self) -> bool:
        """Nobody who was answered has a record, or records of others stand for all who have none.

        A few without are something else: a server answers some requests itself, a killed worker takes records along.
        """
        return self.unjoined > 0 and (self.unjoined == self.answered or self.unjoined <= self.unknown)


def joining(trace: TargetTrace) -> Joining:
    """Of a trace that was decoded, from workers with a probe."""
    visits, workers = trace.visits, list(trace.workers.values())
    answered = [visits.first_id + row for row, outcome in enumerate(visits.outcome) if outcome == DONE]
    unjoined = sum(not any(request in worker.handlings for worker in workers) for request in answered)
    beyond = visits.first_id + len(visits)  # smaller numbers are of visitors who came earlier in the run
    unknown = sum(request >= beyond for worker in workers for request in worker.handlings) if unjoined else 0
    return Joining(len(answered), unjoined, unknown)
