"""`export [SOURCE] -o OUT [...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import keep_option, keeps, scenarios_option

ENDINGS = ".html, .har, .page.har, .pftrace, .trace.json, .page.trace.json, .csv, .vegeta.json, .hgrm or .otlp.jsonl"


@click.command("export")
@click.argument("source", required=False)
@click.option("-o", "--output", "out", metavar="OUT", help=f"The file; its ending tells the format: {ENDINGS}.")
@click.option(
    "--format", "format_name", metavar="NAME", help="The format, whatever OUT ends in: har, pftrace, trace.json, …"
)
@click.option("--target", "targets", multiple=True, metavar="NAME", help="Only this target of the run. Repeatable.")
@click.option("--all", "gallery", metavar="DIR", help="Every recent run as a page in DIR, with an index.")
@keep_option
@scenarios_option
@click.pass_context
def export_command(
    context: click.Context,
    source: str | None,
    out: str | None,
    format_name: str | None,
    targets: tuple[str, ...],
    gallery: str | None,
    directories: tuple[str, ...],
    *,
    no_keep: bool,
) -> int:
    """Write a run as a file that your own tools open.

    SOURCE is what `run --save FILE` wrote, or a scenario, which is measured first; without it, the newest of the recent
    runs is taken.

    .html is a page that any browser opens without a network: lanes to zoom into, figures, code, lesson. .har opens in
    the Network panel of a browser's DevTools; .pftrace in ui.perfetto.dev; .trace.json in DevTools' Performance panel
    and in vizviewer; .csv in pandas, DuckDB and spreadsheets; .vegeta.json in vegeta; .hgrm (one target) in
    HdrHistogram's plotters; .otlp.jsonl in whatever takes OpenTelemetry's traces.

    Of a run of `browse`: .page.har is what the browser asked for, alone; .page.trace.json (one target) opens in
    DevTools' Performance panel and in Perfetto: what the browser recorded of a visit, with the server's workers beside
    the page.

    --all DIR makes a folder for any web host: a page for every recent run, and an index of them.
    """
    from asgi_vs_wsgi.tui.commands.export import export, export_all

    if gallery is not None:
        if source or out or format_name or targets:
            raise click.UsageError("--all takes every recent run: leave out SOURCE, -o, --format and --target")
        return export_all(gallery)
    return export(source, out, format_name, targets, context.obj + directories, keep=keeps(context, no_keep=no_keep))
