"""`serve`: one target until Ctrl+C, for a browser or a load generator of one's own."""

from __future__ import annotations

import sys

from scenarios.catalog import load_catalog
from scenarios.errors import BadInput
from scenarios.experiment import Options
from scenarios.limits import PORT
from scenarios.resolve import resolve
from scenarios.result import LeftProcess
from tui.commands.output import print_line
from tui.commands.progress import ProgressLines
from tui.edge import say
from tui.report_findings import left_process_line


def serve_one(options: Options, port: int | None) -> int:
    """Start it, print its page's URL, wait."""
    if port is not None and (reason := PORT.refuse(port)):
        raise BadInput(f"--port: {reason}", hint=f"a whole number from {PORT}")
    experiment = resolve(options, load_catalog(options.scenario_dirs), one_target=True)
    from scenarios.serve import serve  # after the check: bad input is told at once

    left: list[LeftProcess] = []
    try:
        with ProgressLines(sys.stderr) as lines:
            serve(experiment, port=port or 0, on_ready=lines.ready, on_url=print_line, on_left=left.extend)
    finally:
        if left:
            say(left_process_line(experiment.targets[0].name, left), 0)
    return 0
