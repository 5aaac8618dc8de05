"""`run` as words: the command line that says what was chosen on the screen, and what words for it would mean.

Both ways go through the command itself, so that the screen refuses what the command refuses, in its words.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.tui.cli.run import run_command, run_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Options

COMMAND = "run"


def options_of(arguments: Sequence[str]) -> Options:
    """What `run ARGUMENTS` would be asked for; BadInput in the command's own words where it would refuse them."""
    try:
        context = run_command.make_context(COMMAND, list(arguments))
    except click.ClickException as error:
        raise BadInput(error.format_message().rstrip(".")) from None
    return run_options(context.params, ())


def command_line(arguments: Sequence[str]) -> str:
    """To be copied into a shell."""
    return shlex.join([PROGRAM, COMMAND, *arguments])
