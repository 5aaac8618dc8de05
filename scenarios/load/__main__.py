"""The driver without an event loop, against any loopback server: to compare it with other load generators.

    python -m asgi_vs_wsgi.scenarios.load http://127.0.0.1:8000/ --requests 300000 --concurrency 50 --keep-alive --json

CPU seconds are those of the whole process, its start included.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from itertools import compress
from operator import sub
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from asgi_vs_wsgi.scenarios.load.client_errors import raise_open_files
from asgi_vs_wsgi.scenarios.load.connection_pool import is_loopback
from asgi_vs_wsgi.scenarios.load.driver import DriverHealth, DriverReport, new_crowd
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.visits import DONE, FAILED, Visits
from asgi_vs_wsgi.scenarios.results.statistics import nearest_rank
from asgi_vs_wsgi.scenarios.untrusted_text import one_line

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.load.plan import Plan


def drive_alone(plan: Plan, address: tuple[str, int], path: str, visits: Visits) -> DriverReport:
    """What `driver.drive` does, in a process that does nothing else."""
    watch = DriverHealth()
    crowd = new_crowd(plan, address, (path,), visits)
    try:
        while not crowd.turn(-1):
            pass
    finally:
        crowd.close()
    return watch.report(crowd.late_ns)


_IS_DONE = bytes(code == DONE for code in range(256))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage."""
        raise SystemExit(_refuse(message))


def main() -> int:
    """The exit code: 0, 2 for bad input, 130 after Ctrl+C."""
    options = _options()
    raise_open_files()
    try:
        host, port, path = parse_url(options.url)
        plan = make_plan(
            "closed",
            requests=options.requests,
            concurrency=options.concurrency,
            timeout_s=options.timeout,
            keep_alive=options.keep_alive,
        )
        visits = Visits(plan.requests)
        report = drive_alone(plan, (host, port), path, visits)
    except ValueError as problem:
        return _refuse(str(problem))
    except KeyboardInterrupt:
        return 130
    _show(summary(visits, report), as_json=options.json)
    return 0


def _options() -> argparse.Namespace:
    parser = _Parser(prog="python -m asgi_vs_wsgi.scenarios.load", description="Closed load on one loopback URL.")
    parser.add_argument("url", help="such as http://127.0.0.1:8000/; loopback only")
    parser.add_argument("--requests", type=int, required=True, metavar="N")
    parser.add_argument("--concurrency", type=int, default=1, metavar="C", help="visitors at once (default 1)")
    parser.add_argument("--keep-alive", action="store_true", help="keep connections (default: one per request)")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="per request (default 60)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser.parse_args()


def parse_url(url: str) -> tuple[str, int, str]:
    """Host, port and path of a loopback http URL; raises ValueError for any other. Resolves no names."""
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    if parts.scheme != "http" or not is_loopback(host):
        raise ValueError(f"the URL must be http://127.x.x.x:PORT/ or http://localhost:PORT/, not {url}")
    path = parts.path or "/"
    return host, 80 if parts.port is None else parts.port, f"{path}?{parts.query}" if parts.query else path


def summary(visits: Visits, report: DriverReport) -> dict[str, Any]:
    """The figures of a drive, and of this process."""
    completed = visits.outcome.count(DONE)
    wall_s = (visits.done_ns[visits.finished[-1]] - visits.start_ns) / 1e9
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = used.ru_utime + used.ru_stime
    return {
        "requests": len(visits),
        "completed": completed,
        "failed": visits.outcome.count(FAILED),
        "errors": visits.errors(),
        "wall_s": wall_s,
        "rps": completed / wall_s if wall_s else None,
        "cpu_s": cpu_s,
        "requests_per_cpu_s": completed / cpu_s if cpu_s else None,
        "latency_ms": latency_ms(visits),
        "driver": {"lag_p99_ms": report.lag_p99_ms, "cpu_share": report.cpu_share},
    }


def latency_ms(visits: Visits) -> dict[str, float] | None:
    """From the intended start to the end, of the completed visits; None without any. Every sample counts."""
    taken_ns = map(sub, visits.done_ns, visits.intended_ns)
    ordered = sorted(compress(taken_ns, visits.outcome.translate(_IS_DONE)))
    if not ordered:
        return None
    figures = {f"p{percent}": nearest_rank(ordered, percent) for percent in (50, 75, 90, 95, 99)}
    figures = {"min": ordered[0], **figures, "max": ordered[-1]}
    return {name: ns / 1e6 for name, ns in figures.items()} | {"mean": sum(ordered) / len(ordered) / 1e6}


def _show(figures: dict[str, Any], *, as_json: bool) -> None:
    lines = (f"{name:20} {value}" for name, value in figures.items())
    sys.stdout.write((json.dumps(figures) if as_json else "\n".join(lines)) + "\n")


def _refuse(reason: str) -> int:
    sys.stderr.write(f"asgi_vs_wsgi.scenarios.load: {one_line(reason)}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
