"""`serve`: one target until Ctrl+C, for a browser or a load generator of one's own."""

from __future__ import annotations

import sys

from scenarios.catalog import load_catalog
from scenarios.errors import BadInput
from scenarios.experiment import Options
from scenarios.limits import PORT
from scenarios.resolve import resolve
from tui.commands.output import print_line
from tui.commands.progress import ProgressLines


def serve_one(options: Options, port: int | None) -> int:
    """Start it, print its page's URL, wait."""
    if port is not None and (reason := PORT.refuse(port)):
        raise BadInput(f"--port: {reason}", hint=f"a whole number from {PORT}")
    experiment = resolve(options, load_catalog(options.scenario_dirs), one_target=True)
    from scenarios.serve import serve  # after the check: bad input is told at once

    with ProgressLines(sys.stderr) as lines:
        serve(experiment, port=port or 0, on_ready=lines.ready, on_url=print_line)
    return 0
