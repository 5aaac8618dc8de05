"""`servers [--json]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import json_option, scenarios_option


@click.command("servers")
@scenarios_option
@json_option
@click.pass_obj
def servers_command(outer: tuple[str, ...], directories: tuple[str, ...], as_json: bool) -> int:
    """List the server products.

    Which are installed, in which version, and how to get the others.
    """
    from asgi_vs_wsgi.tui.commands.servers import list_servers

    return list_servers(as_json=as_json)
