"""`screenshot SOURCE [-o OUT] [...]`, `record SOURCE [-o OUT.cast] [...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import framing_options, keep_option, keeps, scenarios_option


@click.command("screenshot")
@click.argument("source")
@click.option("-o", "--output", "out", metavar="OUT", help="OUT.svg or OUT.png. Default: named after the scenario.")
@framing_options
@click.option("--at", "at_s", type=float, metavar="SECONDS", help="After the first visitor. Default: the end.")
@keep_option
@scenarios_option
@click.pass_context
def screenshot_command(
    context: click.Context,
    source: str,
    out: str | None,
    size: str,
    mode: str,
    theme: str,
    at_s: float | None,
    directories: tuple[str, ...],
    *,
    plain: bool,
    title: str,
    no_keep: bool,
) -> int:
    """Draw a run as a picture for a slide.

    SOURCE is what `run --save FILE` wrote, or a scenario, which is measured first. An SVG needs nothing but a
    browser; a PNG is drawn in a font that comes with us.
    """
    from asgi_vs_wsgi.tui.capture.frame import framing
    from asgi_vs_wsgi.tui.commands.pictures import screenshot

    frame = framing(size, mode, theme, context.obj + directories, plain=plain, title=title)
    return screenshot(source, out, frame, at_s, keep=keeps(context, no_keep=no_keep))


@click.command("record")
@click.argument("source")
@click.option("-o", "--output", "out", metavar="OUT", help="OUT.cast. Default: named after the scenario.")
@framing_options
@keep_option
@scenarios_option
@click.pass_context
def record_command(
    context: click.Context,
    source: str,
    out: str | None,
    size: str,
    mode: str,
    theme: str,
    directories: tuple[str, ...],
    *,
    plain: bool,
    title: str,
    no_keep: bool,
) -> int:
    """Record a run as it is shown, for a class.

    SOURCE is what `run --save FILE` wrote, or a scenario, which is measured first. OUT.cast is an asciinema
    recording: `asciinema play OUT.cast`. At the moments of the lesson it has captions, and markers to jump to.
    """
    from asgi_vs_wsgi.tui.capture.frame import framing
    from asgi_vs_wsgi.tui.commands.pictures import record

    frame = framing(size, mode, theme, context.obj + directories, plain=plain, title=title)
    return record(source, out, frame, keep=keeps(context, no_keep=no_keep))
