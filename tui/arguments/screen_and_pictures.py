"""The command without a command, which opens the laboratory, and `replay [FILE ...]`.

`screenshot SOURCE [-o OUT] [...]`, `record SOURCE [-o OUT.cast] [...]`.
"""

from __future__ import annotations

import click

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.tui.arguments.options import (
    animation_option,
    framing_options,
    keep_option,
    keeps,
    log_option,
    presentation_option,
    scenarios_option,
    theme_option,
)


@click.command("replay")
@click.argument("files", nargs=-1, metavar="[FILE ...]")
@scenarios_option
@animation_option
@theme_option
@presentation_option
@keep_option
@log_option
@click.pass_context
def replay_command(
    context: click.Context,
    files: tuple[str, ...],
    directories: tuple[str, ...],
    theme: str | None,
    *,
    no_animation: bool,
    presentation: bool,
    no_keep: bool,
) -> int:
    """Open a run again, without any server.

    FILE is what `run --save FILE` wrote; without it, the newest of the recent runs is opened (`o` lists the others).
    Of several files `>` and `<` show the next and the one before, and `o` lists them.
    """
    from asgi_vs_wsgi.tui.commands.pictures import replay
    from asgi_vs_wsgi.tui.user_data import choose_theme

    outer = context.find_root().params
    still, present = no_animation or outer["no_animation"], presentation or outer["presentation"]
    choose_theme(theme or outer["theme"])
    keep = keeps(context, no_keep=no_keep)
    return replay(files, context.obj + directories, animated=not still, keep=keep, present=present)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@scenarios_option
@animation_option
@theme_option
@presentation_option
@keep_option
@log_option
@click.version_option(package_name=PROGRAM, message="%(prog)s %(version)s", help="Show the version and exit.")
@click.pass_context
def cli(
    context: click.Context,
    directories: tuple[str, ...],
    theme: str | None,
    *,
    no_animation: bool,
    presentation: bool,
    no_keep: bool,
) -> int:
    """The same Django project on live WSGI and ASGI servers, and every request as a lane you can watch.

    Without a command the laboratory opens; without a terminal the first scenario is run and reported as text.
    """
    context.obj = directories
    if context.invoked_subcommand:
        return 0
    from asgi_vs_wsgi.tui.terminal.tty import screen_obstacle
    from asgi_vs_wsgi.tui.user_data import choose_theme

    choose_theme(theme)
    if obstacle := screen_obstacle():
        from asgi_vs_wsgi.tui.commands.run import run_default

        return run_default(obstacle, directories, keep=not no_keep)
    from asgi_vs_wsgi.tui.open_screen import open_tui

    return open_tui(directories, animated=not no_animation, keep=not no_keep, present=presentation)


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
