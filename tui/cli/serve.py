"""`serve SCENARIO [...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import (
    TARGET,
    database_option,
    log_option,
    parameter_option,
    probe_option,
    python_option,
    scenarios_option,
)


@click.command("serve")
@click.argument("scenario")
@click.option("--target", metavar=TARGET, help="Instead of the scenario's first.")
@click.option("--port", type=int, metavar="N", help="On 127.0.0.1. Default: a free one.")
@parameter_option
@log_option
@database_option
@probe_option
@python_option
@scenarios_option
@click.pass_obj
def serve_command(
    outer: tuple[str, ...],
    directories: tuple[str, ...],
    scenario: str,
    target: str | None,
    port: int | None,
    parameters: tuple[str, ...],
    database_url: str | None,
    no_probe: bool,
    no_lines: bool,
    pythons: tuple[str, ...],
) -> int:
    """Start one target of SCENARIO until Ctrl+C.

    For a browser or a load generator of your own. The first line on stdout is the URL of its page.
    """
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.tui.commands.serve import serve_one

    targets = (target,) if target is not None else ()
    dirs = outer + directories
    options = Options(
        scenario,
        targets,
        parameters=parameters,
        probe=not no_probe,
        lines=not no_lines,
        database_url=database_url,
        scenario_dirs=dirs,
        pythons=pythons,
    )
    return serve_one(options, port)
