"""`simulate SOURCE [...]` and `size SOURCE --rate R --p95 T [...]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.tui.arguments.options import (
    TARGET,
    arrivals_options,
    json_option,
    keep_option,
    keeps,
    log_option,
    requests_option,
    scenarios_option,
    timeout_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions
    from asgi_vs_wsgi.scenarios.planning.sizing import SizeOptions
    from asgi_vs_wsgi.tui.arguments.options import Decorated


def server_options(command: Decorated) -> Decorated:
    """As what the targets are simulated."""
    pool = "Places that a worker has for those who wait, such as database connections: one is held from the first wait."
    times = (
        "A parameter in ms changes the steps that were as long as it; wait=2 and cpu=0.5 scale all that waits or "
        "computes. Repeatable."
    )
    target = "One of the run's, or another server. Repeatable."
    for option in (
        click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help=times),
        click.option("--pool", type=int, metavar="N", help=pool),
        click.option("--gil/--no-gil", "gil", default=None, help="With a GIL, or free-threaded. Default: as measured."),
        click.option("--cores", type=float, metavar="N", help="Of the machine. Default: as many as were measured on."),
        click.option("--threads", type=int, metavar="N", help="Of each worker, where its server has threads."),
        click.option("--workers", type=int, metavar="N", help="Of each target."),
        click.option("--target", "targets", multiple=True, metavar=TARGET, help=target),
    ):
        command = option(command)
    return command


CROWD = click.option(
    "--crowd",
    metavar="FILE",
    help="A second saved run of the same servers with more at once, such as a burst: what a request costs is "
    "interpolated between the two.",
)


@click.command("simulate")
@click.argument("source")
@CROWD
@server_options
@requests_option
@arrivals_options
@timeout_option
@click.option(
    "--save", metavar="FILE", help="Keep it in FILE, for `replay` and pictures: marked as simulated everywhere."
)
@keep_option
@log_option
@json_option
@scenarios_option
@click.pass_context
def simulate_command(
    context: click.Context,
    /,
    source: str,
    as_json: bool,
    save: str | None,
    no_keep: bool,
    crowd: str | None,
    **chosen: Any,
) -> int:
    """Ask a measured run what would be with other numbers.

    SOURCE is what `run --save FILE` wrote, or a scenario, which is measured first as `run` would. A discrete-event
    simulation replays the measured requests' own slices on other workers, threads, cores and arrivals. First it must
    reproduce the run itself; each figure comes with its interval, and says that it is simulated. It tells most from a
    light run and, as --crowd, a burst.
    """
    from asgi_vs_wsgi.tui.commands.simulate import simulate

    keep = keeps(context, no_keep=no_keep)
    options = simulation_options(chosen, context.obj)
    return simulate(source, options, as_json=as_json, save=save, keep=keep, crowd=crowd)


@click.command("size")
@click.argument("source")
@click.option("--rate", type=float, required=True, metavar="R", help="Visitors per second that come.")
@click.option("--p95", required=True, metavar="TIME", help="What 95% of them may wait at most: 500ms, 0.5s.")
@click.option("--class", "of", default="all", metavar="NAME", help="Of one class of visitors. Default: all of them.")
@click.option("--headroom", type=float, default=1.0, metavar="X", help="Hold it at X times the rate. Default: 1.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Then run the best two live, at that rate, for --duration or --requests (30 s each where neither is given).",
)
@CROWD
@server_options
@click.option("--arrivals", metavar="poisson|constant", help="By chance, or one after another. Default: poisson.")
@click.option("--duration", "duration_s", type=float, metavar="S", help="For so many seconds, in each replication.")
@requests_option
@timeout_option
@click.option("--save", metavar="FILE", help="Keep the cheapest in FILE, for `replay`: marked as simulated everywhere.")
@keep_option
@log_option
@json_option
@scenarios_option
@click.pass_context
def size_command(
    context: click.Context,
    /,
    source: str,
    rate: float,
    p95: str,
    of: str,
    headroom: float,
    confirm: bool,
    as_json: bool,
    save: str | None,
    no_keep: bool,
    crowd: str | None,
    **chosen: Any,
) -> int:
    """Which workers and threads hold a latency at a rate?

    SOURCE is what `run --save FILE` wrote, such as a run of your own project, or a scenario, which is measured first.
    Each server of it (or those that --target names) is simulated with more and more workers and threads, all with the
    same visitors. The cheapest that hold it are told with their memory, what runs out first, at what rate they break,
    what Little's law says and why that is not enough, and how sure all of it is. Exits with 1 where nothing holds it,
    and with --confirm where neither of the best two does so live.
    """
    from asgi_vs_wsgi.scenarios.planning.sizing import SizeOptions
    from asgi_vs_wsgi.tui.commands.size import size

    keep = keeps(context, no_keep=no_keep)
    asked_for = SizeOptions(simulation_options(chosen, context.obj), rate, p95, of, headroom)
    return size(source, asked_for, as_json=as_json, save=save, keep=keep, confirm=confirm, crowd=crowd)


def size_options_of(arguments: Sequence[str]) -> SizeOptions:
    """What `size RUN.avw ARGUMENTS` would be asked for; BadInput in the command's own words where it would refuse."""
    from asgi_vs_wsgi.scenarios.planning.sizing import SizeOptions

    try:
        chosen = size_command.make_context("size", ["RUN.avw", *arguments], obj=()).params
    except click.ClickException as error:
        raise BadInput(error.format_message().rstrip(".")) from None
    return SizeOptions(simulation_options(chosen, ()), *(chosen[name] for name in ("rate", "p95", "of", "headroom")))


def simulation_options(chosen: dict[str, Any], scenario_dirs: tuple[str, ...]) -> SimulationOptions:
    """What the parsed options ask for."""
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions

    given = {name: chosen[name] for name in Options.__struct_fields__ if name in chosen}
    load = Options("", **given, scenario_dirs=scenario_dirs + chosen["directories"])
    own = {name: chosen[name] for name in ("workers", "threads", "cores", "gil", "pool")}
    return SimulationOptions(load, **own)
