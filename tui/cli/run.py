"""`run SCENARIO [...]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


ARRIVALS = "burst|closed|constant|poisson"


@click.command("run")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Instead of the scenario's own. Repeatable.")
@requests_option
@click.option("--concurrency", type=int, metavar="N", help="Closed arrivals: how many visitors at a time.")
@click.option("--arrivals", metavar=ARRIVALS, help="When the visitors come.")
@click.option("--rate", type=float, metavar="R", help="Constant and poisson arrivals: visitors per second.")
@click.option("--duration", "duration_s", type=float, metavar="S", help="Seconds instead of a number of visitors.")
@click.option("--seed", type=int, metavar="N", help="Of the plan of arrivals. Default: 1.")
@parameter_option
@click.option("--race", is_flag=True, help="All targets at once: for the eye, gives no verdict.")
@click.option("--rounds", type=int, default=1, metavar="N", help="Measure so often; the median counts. Default: 1.")
@click.option("--ladder", type=WholeNumbers(), default=(), help="Repeat with so many visitors: a curve.")
@timeout_option
@click.option("--save", metavar="FILE", help="Keep the whole run in FILE, for `replay`, `screenshot` and `record`.")
@keep_option
@log_option
@database_option
@probe_option
@python_option
@json_option
@scenarios_option
@click.pass_context
def run_command(context: click.Context, /, as_json: bool, save: str | None, no_keep: bool, **chosen: Any) -> int:
    """Run SCENARIO without a screen; `list` tells the names.

    What is left out is as the scenario says. Progress goes to stderr, the report to stdout.
    """
    from asgi_vs_wsgi.tui.commands.run import run

    options = run_options(chosen, context.obj)
    return run(options, as_json=as_json, save=save, keep=keeps(context, no_keep=no_keep))


def run_options(chosen: dict[str, Any], scenario_dirs: tuple[str, ...]) -> Options:
    """What the parsed options of `run` ask for; directories that were given before the command come first."""
    from asgi_vs_wsgi.scenarios.model.experiment import Options

    given = {name: chosen[name] for name in Options.__struct_fields__ if name in chosen}
    dirs = scenario_dirs + chosen["directories"]
    return Options(**given, probe=not chosen["no_probe"], lines=not chosen["no_lines"], scenario_dirs=dirs)
