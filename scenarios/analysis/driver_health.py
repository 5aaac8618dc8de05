"""Did the load driver keep its plan? Past a stated bound its own slowness would be taken for the server's."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.load.driver_health import DriverReport
from asgi_vs_wsgi.scenarios.results import DriverFigures

LAG_BOUND_MS = 5.0
LAG_BOUND_SHARE = 0.05
"""Late is: above 5 ms and above 5 % of the median latency."""
CPU_BOUND = 0.90
"""Of one core: the driver has one thread."""


def driver_figures(
    report: DriverReport | None, median_ms: float | None, *, client_limited: bool = False
) -> DriverFigures:
    """The driver's own figures, and whether it was the limit; `median_ms` is the median latency of the run.

    Requests that could not be sent fail one after another as quickly as they can: that takes a core, and is no limit of
    the driver's.
    """
    if report is None:
        return DriverFigures(None, None, False)
    lag_ms = report.lag_p99_ms
    late = lag_ms is not None and lag_ms > max(LAG_BOUND_MS, LAG_BOUND_SHARE * (median_ms or 0.0))
    limited = not client_limited and (late or report.cpu_share > CPU_BOUND)
    return DriverFigures(lag_ms, report.cpu_share, limited)
