"""Where errors become words: one line on stderr and an exit code, never a traceback."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

import click

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import LabError, RunFailed, without_long_words
from asgi_vs_wsgi.scenarios.run.process_limit import is_no_thread, way_out
from asgi_vs_wsgi.scenarios.untrusted_text import harmless, no_workflow_command, one_line, split_lines
from asgi_vs_wsgi.tui.text.plain_signs import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence


_log = logging.getLogger(__name__)


TRACEBACK = "ASGI_VS_WSGI_TRACEBACK"
"""Set in the environment, an error of our own making is raised with its traceback."""


OF_TEXTUAL = {
    "TEXTUAL_ANIMATIONS": ("none", "basic", "full"),
    "TEXTUAL_COLOR_SYSTEM": ("auto", "standard", "256", "truecolor"),
    "TEXTUAL_DISABLE_KITTY_KEY": ("1",),
}
"""Its settings for a user, and what may be said there."""


RUN_FAILED, BAD_INPUT, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; whatever goes wrong has been told on stderr."""
    _open_what_is_closed()
    _drop_idle_settings()
    stdout = sys.stdout
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_a_character(stream)
    try:
        code = command.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return say("interrupted", INTERRUPTED)
    except click.ClickException as error:
        return say(usage(error), BAD_INPUT)
    except LabError as error:
        return say_error(error)
    except BrokenPipeError:
        return _pipe_closed()
    except SystemExit as left:  # click's, after a shell's completion, or of a closed pipe whose streams it has wrapped
        return _pipe_closed() if sys.stdout is not stdout else int(left.code or 0)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is told in one line
        return _our_own(error)


def hide_ignored_exceptions() -> None:
    """Those of finalizers: what went wrong before them (no descriptor left for an event loop, say) is told already."""
    if not os.environ.get(TRACEBACK):
        sys.unraisablehook = lambda unraisable: None


def say(line: str, code: int) -> int:
    """One line on stderr, whatever it holds; returns the exit code."""
    tell(f"{PROGRAM}: {one_line(line)}")
    return code


def tell(line: str) -> None:
    """On stderr, where it can be written to; the exit code says the rest."""
    _log.info("told: %s", line)
    try:
        click.echo(no_workflow_command(harmless(line)), err=True)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO) -> None:
    """Of a stream that cannot be written to: what is left in it is not tried again at our end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say_error(error: LabError) -> int:
    """The error's line; what a server said itself follows, since that is what helps."""
    code = say(error.one_line(), error.exit_code)
    if isinstance(error, RunFailed):
        for line in split_lines(error.detail):
            tell(f"  {line}")
    return code


def usage(error: click.ClickException) -> str:
    """click's message in our form: what is wrong, and where to look."""
    message = without_long_words(error.format_message()).rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message} (see {context.command_path if context else PROGRAM} --help)"


def _pipe_closed() -> int:
    """The reader has gone; without this Python would complain once more when it flushes at its end."""
    give_up(sys.stdout)
    return PIPE_CLOSED


def _our_own(error: Exception) -> int:
    cause = error
    while isinstance(cause, ExceptionGroup):
        cause = cause.exceptions[0]
    if isinstance(cause, BrokenPipeError) and _reader_has_gone():
        return _pipe_closed()
    if os.environ.get(TRACEBACK):
        raise error
    error = cause
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        if not where and (_was_printing(error) or not _flushes(sys.stdout)):
            where = "stdout: "
            give_up(sys.stdout)
        limit = " (`ulimit -n` tells how many may be open)" if error.errno in (errno.EMFILE, errno.ENFILE) else ""
        return say(f"{where}{error.strerror}{limit}", RUN_FAILED)
    return say(our_own_words(error), RUN_FAILED)


def _reader_has_gone() -> bool:
    """Of what we write to stdout."""
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)
    return bool(reader.poll(0))


def _flushes(stream: TextIO) -> bool:
    """What could not be written is still in its buffer, and cannot be written now either."""
    try:
        stream.flush()
    except OSError:
        return False
    return True


def _was_printing(error: OSError) -> bool:
    """What is longer than stdout's buffer is written past it, and leaves nothing that a flush would stumble over."""
    raised = error.__traceback__
    while raised is not None and raised.tb_next is not None:
        raised = raised.tb_next
    return raised is not None and raised.tb_frame.f_globals.get("__name__") == click.echo.__module__


def our_own_words(error: BaseException | None) -> str:
    """What a user is told of an error that should not have happened."""
    _log.error("a fault", exc_info=error)
    if is_no_thread(error):
        return f"no further thread could be started ({way_out()})"
    return one_line(f"a fault of ours: {type(error).__name__}: {error} (set {TRACEBACK}=1 to see where)")


def _open_what_is_closed() -> None:
    """A shell's `>&-`: the next file that is opened would become stdout, and a server's socket with it."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            setattr(sys, name, os.fdopen(descriptor, "w" if descriptor else "r"))


def _drop_idle_settings() -> None:
    """Textual's for its developers (a log, a driver, keys to press), and a NO_COLOR that is empty, which is none."""
    if not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)
    for name in [name for name in os.environ if name == "TEXTUAL" or name.startswith("TEXTUAL_")]:
        if os.environ[name].lower() not in OF_TEXTUAL.get(name, ()):
            del os.environ[name]


def _never_fail_on_a_character(stream: TextIO | None) -> None:
    """In a terminal without Unicode a lane is drawn with other signs, which beats no report at all."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=PLAIN)
