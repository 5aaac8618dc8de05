"""`replay [FILE]`."""

from __future__ import annotations

import click

from asgi_vs_wsgi.tui.cli.options import animation_option, keep_option, keeps, scenarios_option


@click.command("replay")
@click.argument("file", required=False)
@scenarios_option
@animation_option
@keep_option
@click.pass_context
def replay_command(
    context: click.Context, file: str | None, directories: tuple[str, ...], *, no_animation: bool, no_keep: bool
) -> int:
    """Open a run again, without any server.

    FILE is what `run --save FILE` wrote; without it, the newest of the recent runs is opened (`o` lists the others).
    """
    from asgi_vs_wsgi.tui.commands.replay import replay

    still = no_animation or context.find_root().params["no_animation"]
    return replay(file, context.obj + directories, animated=not still, keep=keeps(context, no_keep=no_keep))
