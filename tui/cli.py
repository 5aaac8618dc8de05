"""The console script: all commands, whose arguments are declared in tui/arguments, and nothing else.

What a command does (tui/commands) is imported when it is called, so that `--help` waits for click alone and `list`
never for Textual or for an event loop.
"""

from __future__ import annotations

import logging
import sys

from asgi_vs_wsgi.tui.arguments.browse import browse_command
from asgi_vs_wsgi.tui.arguments.export import export_command
from asgi_vs_wsgi.tui.arguments.listings import list_command, new_command, servers_command
from asgi_vs_wsgi.tui.arguments.process_title import blank_passwords
from asgi_vs_wsgi.tui.arguments.project import project_command
from asgi_vs_wsgi.tui.arguments.run import check_command, run_command, serve_command, tournament_command
from asgi_vs_wsgi.tui.arguments.screen_and_pictures import cli, record_command, replay_command, screenshot_command
from asgi_vs_wsgi.tui.arguments.simulate import simulate_command, size_command
from asgi_vs_wsgi.tui.errors import hide_ignored_exceptions
from asgi_vs_wsgi.tui.errors import run_command as at_the_edge

__all__ = ["cli", "main"]

for command in (
    list_command,
    servers_command,
    run_command,
    check_command,
    tournament_command,
    project_command,
    simulate_command,
    size_command,
    serve_command,
    browse_command,
    replay_command,
    screenshot_command,
    record_command,
    export_command,
    new_command,
):
    cli.add_command(command)


def main() -> None:
    """The console script."""
    hide_ignored_exceptions()
    blank_passwords()
    code = at_the_edge(cli)
    logging.getLogger(__name__).info("exit status %d", code)
    sys.exit(code)
