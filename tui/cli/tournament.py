"""`tournament SCENARIO [...]`."""

from __future__ import annotations

from typing import Any

import click

from asgi_vs_wsgi.tui.cli.options import (
    TARGET,
    database_option,
    json_option,
    keep_option,
    keeps,
    log_option,
    parameter_option,
    probe_option,
    python_option,
    requests_option,
    scenarios_option,
    timeout_option,
)


@click.command("tournament")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Only these servers. Repeatable.")
@requests_option
@click.option("--rounds", type=int, metavar="N", help="Measure each so often. Default: 3, or up to 7 short ones.")
@timeout_option
@parameter_option
@keep_option
@log_option
@database_option
@probe_option
@python_option
@json_option
@scenarios_option
@click.pass_context
def tournament_command(
    context: click.Context,
    /,
    directories: tuple[str, ...],
    as_json: bool,
    no_probe: bool,
    no_lines: bool,
    no_keep: bool,
    rounds: int | None,
    **chosen: Any,
) -> int:
    """Measure SCENARIO on every installed server, and rank them.

    Two workers each, where a server can have them. Progress goes to stderr, the table to stdout.
    """
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.tui.commands.tournament import tournament

    options = Options(**chosen, probe=not no_probe, lines=not no_lines, scenario_dirs=context.obj + directories)
    return tournament(options, rounds=rounds, as_json=as_json, keep=keeps(context, no_keep=no_keep))
