"""`project [PATH]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import json_option, log_option


@click.command("project")
@click.argument("path", default=".")
@click.option("--look", is_flag=True, help="Import it, start no server, send nothing: the only step so far.")
@click.option(
    "--python", metavar="PATH", help="Its own Python, or its environment's folder. Default: the one beside it."
)
@click.option("--settings", metavar="MODULE", help="Its settings. Default: what manage.py says.")
@json_option
@log_option
def project_command(path: str, look: bool, python: str | None, settings: str | None, as_json: bool) -> int:
    """Look at your own Django project, without changing a line of it.

    PATH is its folder, or its manage.py. It is imported in its own Python, apart from this program: what it runs on,
    its middleware and what that costs under ASGI, every URL pattern with its view, and how often a request for it
    would cross between the event loop and a thread (hops).
    """
    from asgi_vs_wsgi.tui.commands.project import look_at_one

    return look_at_one(path, settings, python, as_json=as_json)
