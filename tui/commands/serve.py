"""`serve`: one target until Ctrl+C, for a browser or a load generator of one's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import PORT
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_line
from asgi_vs_wsgi.tui.errors import say
from asgi_vs_wsgi.tui.report.findings import left_process_line, raised_words

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.results import LeftProcess


def serve_one(options: Options, port: int | None) -> int:
    """Start it, print its page's URL, wait."""
    if port is not None and (reason := PORT.refuse(port)):
        raise BadInput(f"--port: {reason}", hint=f"a whole number from {PORT}")
    experiment = resolve(options, load_catalog(options.scenario_dirs), one_target=True)
    from asgi_vs_wsgi.scenarios.run.foreground import serve  # after the check: bad input is told at once

    left: list[LeftProcess] = []
    try:
        with ProgressLines(sys.stderr) as lines:
            serve(
                experiment,
                port=port or 0,
                on_ready=lines.ready,
                on_url=print_line,
                on_left=left.extend,
                on_failure=lambda reason: lines.line(f"a request raised {raised_words(reason)}"),
            )
    finally:
        if left:
            say(left_process_line(experiment.targets[0].name, left), 0)
    return 0
