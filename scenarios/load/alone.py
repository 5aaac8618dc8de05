"""A drive with no event loop around it: nobody else is there to be waited for, so the crowd waits by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.load.driver_health import DriverReport, Watch
from asgi_vs_wsgi.scenarios.load.setting_out import new_crowd

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.load.plan import Plan
    from asgi_vs_wsgi.scenarios.load.visits import Visits


def drive_alone(plan: Plan, address: tuple[str, int], path: str, visits: Visits) -> DriverReport:
    """What `driver.drive` does, in a process that does nothing else."""
    watch = Watch()
    crowd = new_crowd(plan, address, (path,), visits)
    try:
        while not crowd.turn(-1):
            pass
    finally:
        crowd.close()
    return watch.report(crowd.late_ns)
