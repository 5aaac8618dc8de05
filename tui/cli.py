"""The command line (DESIGN section 6): declares commands and options, and nothing else.

What a command does is imported when it is called, so that `--help` waits for click alone and `list` never for
Textual or for an event loop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tui.edge import run_command

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

ARRIVALS = "burst|closed|constant|poisson"
TARGET = "NAME[:WORKERS[xTHREADS]]"


class WholeNumbers(click.ParamType[tuple[int, ...]]):
    """`1,2,4`."""

    name = "N,N,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The numbers; a usage error names what is not one."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 1,2,4,8", param, ctx)


def scenarios_option(command: Decorated) -> Decorated:
    """`--scenarios DIR`, before or after the subcommand."""
    text = "A folder of scenario folders, added to ours. May be repeated."
    return click.option("--scenarios", "directories", multiple=True, metavar="DIR", help=text)(command)


def animation_option(command: Decorated) -> Decorated:
    """`--no-animation`, before or after `replay`."""
    text = "Show what is recorded at once instead of playing it. TEXTUAL_ANIMATIONS=none says the same."
    return click.option("--no-animation", is_flag=True, help=text)(command)


def json_option(command: Decorated) -> Decorated:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")(command)


def parameter_option(command: Decorated) -> Decorated:
    """`--set NAME=VALUE`."""
    text = "Set a parameter of the scenario, e.g. io_ms=500. May be repeated."
    return click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help=text)(command)


def database_option(command: Decorated) -> Decorated:
    """`--database-url URL`."""
    text = "A PostgreSQL, for scenarios that use a database (default: SQLite). A database of ours is made and dropped."
    return click.option("--database-url", metavar="URL", help=text)(command)


def probe_option(command: Decorated) -> Decorated:
    """`--no-probe`."""
    return click.option("--no-probe", is_flag=True, help="Do not look inside the workers.")(command)


@click.group(invoke_without_command=True)
@scenarios_option
@animation_option
@click.pass_context
def cli(context: click.Context, directories: tuple[str, ...], *, no_animation: bool) -> int:
    """The same Django project on live WSGI and ASGI servers, and every request as a lane you can watch.

    Without a command the laboratory opens; without a terminal the first scenario is run and reported as text.
    """
    context.obj = directories
    if context.invoked_subcommand:
        return 0
    if sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty():
        from tui.launch import open_tui

        return open_tui(directories, animated=not no_animation)
    from tui.commands.run import run_default

    return run_default(directories)


@cli.command("list")
@scenarios_option
@json_option
@click.pass_obj
def list_command(outer: tuple[str, ...], directories: tuple[str, ...], as_json: bool) -> int:
    """List the scenarios."""
    from tui.commands.list import list_scenarios

    return list_scenarios(outer + directories, as_json=as_json)


@cli.command("servers")
@scenarios_option
@json_option
@click.pass_obj
def servers_command(outer: tuple[str, ...], directories: tuple[str, ...], as_json: bool) -> int:
    """List the server products.

    Tells which are installed, in which version, and how to get the others.
    """
    from tui.commands.servers import list_servers

    return list_servers(as_json=as_json)


@cli.command("run")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Instead of the scenario's own. Repeatable.")
@click.option("--requests", type=int, metavar="N", help="How many visitors.")
@click.option("--concurrency", type=int, metavar="N", help="Closed arrivals: how many visitors at a time.")
@click.option("--arrivals", metavar=ARRIVALS, help="When the visitors come.")
@click.option("--rate", type=float, metavar="R", help="Constant and poisson arrivals: visitors per second.")
@click.option("--duration", "duration_s", type=float, metavar="S", help="Seconds instead of a number of visitors.")
@click.option("--seed", type=int, metavar="N", help="Of the plan of arrivals.")
@parameter_option
@click.option("--race", is_flag=True, help="All targets at once: for the eye, gives no verdict.")
@click.option("--rounds", type=int, default=1, metavar="N", help="Measure so often; the median counts. Default 1.")
@click.option("--ladder", type=WholeNumbers(), default=(), help="Repeat with so many visitors: a curve.")
@click.option("--timeout", "timeout_s", type=float, metavar="S", help="The time limit of a request. Default 60.")
@click.option("--save", metavar="FILE", help="Keep the whole run in FILE, to be read back later.")
@database_option
@probe_option
@json_option
@scenarios_option
@click.pass_obj
def run_scenario(
    outer: tuple[str, ...],
    /,
    directories: tuple[str, ...],
    as_json: bool,
    save: str | None,
    no_probe: bool,
    **chosen: Any,
) -> int:
    """Run SCENARIO without a screen.

    Progress goes to stderr, the report to stdout.
    """
    from scenarios.experiment import Options
    from tui.commands.run import run

    options = Options(**chosen, probe=not no_probe, scenario_dirs=outer + directories)
    return run(options, as_json=as_json, save=save)


@cli.command("tournament")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Only these servers. Repeatable.")
@click.option("--requests", type=int, metavar="N", help="How many visitors.")
@click.option("--rounds", type=int, default=3, metavar="N", help="Measure each so often. Default 3.")
@click.option("--timeout", "timeout_s", type=float, metavar="S", help="The time limit of a request. Default 60.")
@parameter_option
@database_option
@probe_option
@json_option
@scenarios_option
@click.pass_obj
def tournament_command(
    outer: tuple[str, ...],
    /,
    directories: tuple[str, ...],
    as_json: bool,
    no_probe: bool,
    rounds: int,
    **chosen: Any,
) -> int:
    """Measure SCENARIO on every installed server, and rank them.

    Two workers each, where a server can have them. Progress goes to stderr, the table to stdout.
    """
    from scenarios.experiment import Options
    from tui.commands.tournament import tournament

    options = Options(**chosen, probe=not no_probe, scenario_dirs=outer + directories)
    return tournament(options, rounds=rounds, as_json=as_json)


@cli.command("serve")
@click.argument("scenario")
@click.option("--target", metavar=TARGET, help="Instead of the scenario's first.")
@click.option("--port", type=int, metavar="N", help="Default: a free one.")
@parameter_option
@database_option
@probe_option
@scenarios_option
@click.pass_obj
def serve_scenario(
    outer: tuple[str, ...],
    directories: tuple[str, ...],
    scenario: str,
    target: str | None,
    port: int | None,
    parameters: tuple[str, ...],
    database_url: str | None,
    no_probe: bool,
) -> int:
    """Start one target of SCENARIO until Ctrl+C.

    The first line on stdout is the URL of its page.
    """
    from scenarios.experiment import Options
    from tui.commands.serve import serve_one

    targets = (target,) if target is not None else ()
    dirs = outer + directories
    options = Options(
        scenario,
        targets,
        parameters=parameters,
        probe=not no_probe,
        database_url=database_url,
        scenario_dirs=dirs,
    )
    return serve_one(options, port)


@cli.command("replay")
@click.argument("file")
@scenarios_option
@animation_option
@click.pass_context
def replay_command(context: click.Context, file: str, directories: tuple[str, ...], *, no_animation: bool) -> int:
    """Open a run that `run --save FILE` has kept."""
    from tui.commands.replay import replay

    still = no_animation or context.find_root().params["no_animation"]
    return replay(file, context.obj + directories, animated=not still)


def framing_options(command: Decorated) -> Decorated:
    """`--size`, `--mode` and `--theme` of a picture."""
    modes = "watch, code, compare, pipeline, waterfall, vitals, tips, quiz or what-if"
    for option in (
        click.option("--theme", default="lab-dark", metavar="NAME", help="lab-dark or lab-light. Default: lab-dark."),
        click.option("--mode", default="watch", metavar="NAME", help=f"What to look at: {modes}. Default: watch."),
        click.option("--size", default="120x36", metavar="COLSxROWS", help="Of the terminal. Default: 120x36."),
    ):
        command = option(command)
    return command


@cli.command("screenshot")
@click.argument("source")
@click.option("-o", "--output", "out", required=True, metavar="OUT", help="The file: OUT.svg or OUT.png.")
@framing_options
@click.option("--at", "at_s", type=float, metavar="SECONDS", help="After the first visitor. Default: the end.")
@scenarios_option
@click.pass_obj
def screenshot_command(
    outer: tuple[str, ...],
    source: str,
    out: str,
    size: str,
    mode: str,
    theme: str,
    at_s: float | None,
    directories: tuple[str, ...],
) -> int:
    """Draw a run as a picture for a slide.

    SOURCE is a run that `run --save FILE` has kept, or a scenario, which is measured first. An SVG needs nothing but
    a browser; a PNG needs a monospace font on this machine.
    """
    from tui.commands.screenshot import screenshot
    from tui.exports.framing import framing

    return screenshot(source, out, framing(size, mode, theme, outer + directories), at_s)


@cli.command("record")
@click.argument("source")
@click.option("-o", "--output", "out", required=True, metavar="OUT", help="The file: OUT.cast.")
@framing_options
@scenarios_option
@click.pass_obj
def record_command(
    outer: tuple[str, ...], source: str, out: str, size: str, mode: str, theme: str, directories: tuple[str, ...]
) -> int:
    """Record a run as it is shown, for a class.

    SOURCE is a run that `run --save FILE` has kept, or a scenario, which is measured first. OUT.cast is an asciinema
    recording: `asciinema play OUT.cast`, with markers at the steps of the lesson.
    """
    from tui.commands.record import record
    from tui.exports.framing import framing

    return record(source, out, framing(size, mode, theme, outer + directories))


@cli.command("new")
@click.argument("name")
@scenarios_option
@click.pass_obj
def new_command(outer: tuple[str, ...], directories: tuple[str, ...], name: str) -> int:
    """Write a starter scenario folder called NAME.

    Into this folder, or into the one that --scenarios names. It runs as it is.
    """
    from tui.commands.new import new

    return new(name, outer + directories)


def main() -> None:
    """The console script."""
    sys.exit(run_command(cli))


if __name__ == "__main__":
    main()
