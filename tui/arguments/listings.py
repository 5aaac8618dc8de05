"""`list [--json]`, `servers [--json]`, `new NAME`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.arguments.options import json_option, scenarios_option


@click.command("list")
@scenarios_option
@json_option
@click.pass_obj
def list_command(outer: tuple[str, ...], directories: tuple[str, ...], as_json: bool) -> int:
    """List the scenarios.

    Each with its name, which the other commands take, and what happens in it.
    """
    from asgi_vs_wsgi.tui.commands.listings import list_scenarios

    return list_scenarios(outer + directories, as_json=as_json)


@click.command("servers")
@scenarios_option
@json_option
@click.pass_obj
def servers_command(outer: tuple[str, ...], directories: tuple[str, ...], as_json: bool) -> int:
    """List the server products.

    Which are installed, in which version, and how to get the others.
    """
    from asgi_vs_wsgi.tui.commands.listings import list_servers

    return list_servers(as_json=as_json)


@click.command("new")
@click.argument("name")
@scenarios_option
@click.pass_obj
def new_command(outer: tuple[str, ...], directories: tuple[str, ...], name: str) -> int:
    """Write a starter scenario folder called NAME.

    Into this folder, or into the one that --scenarios names. It runs as it is.
    """
    from asgi_vs_wsgi.tui.commands.listings import new

    return new(name, outer + directories)
