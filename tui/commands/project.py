"""`project`: the user's own project, looked at."""

from __future__ import annotations

import sys

from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_at_project import look_at
from asgi_vs_wsgi.scenarios.project.project_look import document
from asgi_vs_wsgi.scenarios.run.run_in_foreground import until_signal
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.report.project_look import look_text
from asgi_vs_wsgi.tui.report.run_report import WIDTH_ELSEWHERE
from asgi_vs_wsgi.tui.terminal.tty import output_columns


def look_at_one(path: str, settings: str | None, python: str | None, *, as_json: bool) -> int:
    """Print what is found."""
    location = find_project(path, settings, python)
    with ProgressLines(sys.stderr) as lines:
        look = until_signal(look_at, location, lines.progress)
    if as_json:
        print_json(document(look))
    else:
        print_lines(look_text(location, look, output_columns(WIDTH_ELSEWHERE)))
    return 0
