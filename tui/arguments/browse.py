"""`browse SCENARIO [...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.arguments.options import (
    TARGET,
    database_option,
    html_option,
    json_option,
    keep_option,
    keeps,
    log_option,
    parameter_option,
    save_option,
    scenarios_option,
    timeout_option,
)


@click.command("browse")
@click.argument("scenario")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Instead of the scenario's own. Repeatable.")
@click.option("--rounds", type=int, default=5, metavar="N", help="Of four visits to each target. Default: 5.")
@click.option(
    "--concurrency", type=int, metavar="N", help="Visitors at a time beside the browser. Default: as the scenario says."
)
@click.option("--no-trace", is_flag=True, help="Without the visit more to each target that the browser records.")
@parameter_option
@timeout_option
@save_option
@html_option
@keep_option
@log_option
@database_option
@json_option
@scenarios_option
@click.pass_context
def browse_command(
    context: click.Context,
    /,
    scenario: str,
    targets: tuple[str, ...],
    rounds: int,
    concurrency: int | None,
    parameters: tuple[str, ...],
    timeout_s: float | None,
    save: str | None,
    html: str | None,
    database_url: str | None,
    directories: tuple[str, ...],
    *,
    no_trace: bool,
    no_keep: bool,
    as_json: bool,
) -> int:
    """Measure SCENARIO's page in a real browser, under load.

    A Chromium of this machine (or the one that ASGI_VS_WSGI_BROWSER names) visits every target in alternating rounds,
    while others come beside it: TTFB, FCP, LCP, and INP of four kinds of click, as the browser itself measured them. A
    scenario brings a page.html, or its view's answer is taken, with four buttons added beneath it.

    Once all is measured, the browser records a visit more to each target, which counts for nothing else: a performance
    trace, kept with the run. `export --target NAME -o OUT.page.trace.json` writes it, with the server's workers beside
    the page; `export -o OUT.har` writes all that the browser asked for.
    """
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.tui.commands.browse import browse_scenario

    options = Options(
        scenario,
        targets,
        parameters=parameters,
        rounds=rounds,
        timeout_s=timeout_s,
        database_url=database_url,
        scenario_dirs=context.obj + directories,
    )
    keep = keeps(context, no_keep=no_keep)
    return browse_scenario(options, concurrency, traced=not no_trace, as_json=as_json, save=save, html=html, keep=keep)
