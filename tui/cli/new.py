"""`new NAME`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import scenarios_option


@click.command("new")
@click.argument("name")
@scenarios_option
@click.pass_obj
def new_command(outer: tuple[str, ...], directories: tuple[str, ...], name: str) -> int:
    """Write a starter scenario folder called NAME.

    Into this folder, or into the one that --scenarios names. It runs as it is.
    """
    from asgi_vs_wsgi.tui.commands.new import new

    return new(name, outer + directories)
