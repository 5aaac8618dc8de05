"""`export [SOURCE] -o OUT [...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.arguments.options import keep_option, keeps, scenarios_option


class ExportCommand(click.Command):
    """Its help tells the formats as their table has them, which other commands need not import."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A line for each."""
        from asgi_vs_wsgi.tui.commands.export import TABLE

        with formatter.section("Formats"):
            formatter.write_dl([(each.ending, f"{each.opens_in}{', one target' * each.one_target}") for each in TABLE])


@click.command("export", cls=ExportCommand)
@click.argument("source", required=False)
@click.option("-o", "--output", "out", metavar="OUT", help="The file; its ending tells the format (below).")
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

    Of a run of `browse`, .page.har and .page.trace.json are what the browser itself recorded.

    --all DIR makes a folder for any web host: a page for every recent run, and an index of them.
    """
    from asgi_vs_wsgi.tui.commands.export import export, export_all

    if gallery is not None:
        if source or out or format_name or targets:
            raise click.UsageError("--all takes every recent run: leave out SOURCE, -o, --format and --target")
        return export_all(gallery)
    return export(source, out, format_name, targets, context.obj + directories, keep=keeps(context, no_keep=no_keep))
