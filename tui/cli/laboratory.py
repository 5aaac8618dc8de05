"""The command without a command, which opens the laboratory, and `replay [FILE ...]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.tui.cli.options import (
    animation_option,
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
    from asgi_vs_wsgi.tui.commands.replay import replay
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
