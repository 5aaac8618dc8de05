"""Several open plans as one: classes of visitors that come by schedules of their own."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from asgi_vs_wsgi.scenarios.load.plan import Plan
from asgi_vs_wsgi.scenarios.load.plan_validation import MAX_REQUESTS, PlanError


@dataclass(frozen=True, slots=True)
class Part:
    """A plan that starts `after_ns` later than the whole, its paths numbered from `first_path`."""

    plan: Plan
    after_ns: int
    first_path: int


def mix(parts: Sequence[Part], last_paths: Collection[int] = ()) -> Plan:
    """All parts' visitors in the order of their intended starts; everything else is as the first part has it.

    Those for `last_paths` have the last rows, in the same order.
    """
    if len(parts) == 1 and not parts[0].after_ns and not last_paths:
        return parts[0].plan
    if any(part.plan.loop == "closed" for part in parts):
        raise PlanError("classes of visitors with loads of their own must have open arrivals")
    together = sum(len(part.plan.offsets_ns) for part in parts)
    if together > MAX_REQUESTS:
        raise PlanError(f"all classes of visitors together must be at most {MAX_REQUESTS:,}, not {together:,}")
    rows = sorted(
        (part.first_path + path in last_paths, part.after_ns + offset_ns, part.first_path + path)
        for part in parts
        for offset_ns, path in zip(part.plan.offsets_ns, part.plan.path, strict=True)
    )
    return replace(
        parts[0].plan,
        requests=len(rows),
        offsets_ns=array("q", [offset_ns for _, offset_ns, _ in rows]),
        path=array("H", [path for _, _, path in rows]),
    )
