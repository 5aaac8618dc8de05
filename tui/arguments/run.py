"""`run SCENARIO [...]`, and `check FILE --assert CLAIM` for a run that was saved.

`run` as words: the command line that says what was chosen on the screen, and what words for it would mean.

Both ways go through the command itself, so that the screen refuses what the command refuses, in its words.

`serve SCENARIO [...]`.

`tournament SCENARIO [...]`.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.tui.arguments.options import (
    TARGET,
    arrivals_options,
    database_option,
    html_option,
    json_option,
    keep_option,
    keeps,
    log_option,
    parameter_option,
    probe_option,
    python_option,
    requests_option,
    save_option,
    scenarios_option,
    threshold_options,
    timeout_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Options


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


@click.command("run")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Instead of the scenario's own. Repeatable.")
@requests_option
@arrivals_options
@parameter_option
@click.option("--race", is_flag=True, help="All targets at once, for the eye: no winner is named.")
@click.option("--rounds", type=int, default=1, metavar="N", help="Measure so often; the median counts. Default: 1.")
@click.option("--ladder", type=WholeNumbers(), default=(), help="Repeat with so many visitors: a curve.")
@timeout_option
@threshold_options
@save_option
@html_option
@keep_option
@log_option
@database_option
@probe_option
@python_option
@json_option
@scenarios_option
@click.pass_context
def run_command(
    context: click.Context, /, as_json: bool, save: str | None, html: str | None, no_keep: bool, **chosen: Any
) -> int:
    """Run SCENARIO without a screen; `list` tells the names.

    What is left out is as the scenario says. Progress goes to stderr, the report to stdout.
    """
    from asgi_vs_wsgi.tui.commands.check import asked_of
    from asgi_vs_wsgi.tui.commands.run import run

    options, keep = run_options(chosen, context.obj), keeps(context, no_keep=no_keep)
    return run(options, as_json=as_json, save=save, html=html, keep=keep, asked=asked_of(chosen))


@click.command("check")
@click.argument("file", metavar="FILE")
@threshold_options
@json_option
def check_command(file: str, as_json: bool, **chosen: Any) -> int:
    """Judge a saved run: do these claims hold of it?

    FILE is what `run --save FILE` wrote. Without --assert, the claims that it was saved with are judged again.
    With three rounds and more a claim that some of them bear out and others do not is undecided, and so is one that
    may hold, or not, only because of what others did on the machine meanwhile.
    """
    from asgi_vs_wsgi.tui.commands.check import asked_of, check

    return check(file, asked_of(chosen), as_json=as_json)


def run_options(chosen: dict[str, Any], scenario_dirs: tuple[str, ...]) -> Options:
    """What the parsed options of `run` ask for; directories that were given before the command come first."""
    from asgi_vs_wsgi.scenarios.model.experiment import Options

    given = {name: chosen[name] for name in Options.__struct_fields__ if name in chosen}
    dirs = scenario_dirs + chosen["directories"]
    return Options(**given, probe=not chosen["no_probe"], lines=not chosen["no_lines"], scenario_dirs=dirs)


COMMAND = "run"


def options_of(arguments: Sequence[str]) -> Options:
    """What `run ARGUMENTS` would be asked for; BadInput in the command's own words where it would refuse them."""
    try:
        context = run_command.make_context(COMMAND, list(arguments))
    except click.ClickException as error:
        raise BadInput(error.format_message().rstrip(".")) from None
    return run_options(context.params, ())


def command_line(arguments: Sequence[str]) -> str:
    """To be copied into a shell."""
    return shlex.join([PROGRAM, COMMAND, *arguments])


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
