"""`screenshot SOURCE -o OUT [...]`, `record SOURCE -o OUT.cast [...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import framing_options, keep_option, keeps, scenarios_option


@click.command("screenshot")
@click.argument("source")
@click.option("-o", "--output", "out", required=True, metavar="OUT", help="The file: OUT.svg or OUT.png.")
@framing_options
@click.option("--at", "at_s", type=float, metavar="SECONDS", help="After the first visitor. Default: the end.")
@keep_option
@scenarios_option
@click.pass_context
def screenshot_command(
    context: click.Context,
    source: str,
    out: str,
    size: str,
    mode: str,
    theme: str,
    at_s: float | None,
    directories: tuple[str, ...],
    *,
    no_keep: bool,
) -> int:
    """Draw a run as a picture for a slide.

    SOURCE is what `run --save FILE` wrote, or a scenario, which is measured first. An SVG needs nothing but a
    browser; a PNG is drawn in a font that comes with us.
    """
    from asgi_vs_wsgi.tui.capture.frame import framing
    from asgi_vs_wsgi.tui.commands.pictures import screenshot

    return screenshot(
        source, out, framing(size, mode, theme, context.obj + directories), at_s, keep=keeps(context, no_keep=no_keep)
    )


@click.command("record")
@click.argument("source")
@click.option("-o", "--output", "out", required=True, metavar="OUT", help="The file: OUT.cast.")
@framing_options
@keep_option
@scenarios_option
@click.pass_context
def record_command(
    context: click.Context,
    source: str,
    out: str,
    size: str,
    mode: str,
    theme: str,
    directories: tuple[str, ...],
    *,
    no_keep: bool,
) -> int:
    """Record a run as it is shown, for a class.

    SOURCE is what `run --save FILE` wrote, or a scenario, which is measured first. OUT.cast is an asciinema
    recording: `asciinema play OUT.cast`, with markers at the steps of the lesson.
    """
    from asgi_vs_wsgi.tui.capture.frame import framing
    from asgi_vs_wsgi.tui.commands.pictures import record

    return record(
        source, out, framing(size, mode, theme, context.obj + directories), keep=keeps(context, no_keep=no_keep)
    )
