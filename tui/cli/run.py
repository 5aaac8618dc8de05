"""`run SCENARIO [...]`, and `check FILE --assert CLAIM` for a run that was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asgi_vs_wsgi.tui.cli.options import (
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
