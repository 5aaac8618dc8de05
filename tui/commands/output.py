"""The way out to stdout and stderr: text for people, or one JSON document.

Nothing else writes there (tests/tui/test_ways_out.py): whatever text a line was made of, no terminal obeys it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

from asgi_vs_wsgi.scenarios.errors import NotWritten
from asgi_vs_wsgi.scenarios.text.plain_text import harmless, harmless_json
from asgi_vs_wsgi.tui.errors import give_up

if TYPE_CHECKING:
    from collections.abc import Iterator


def print_json(document: Any) -> None:
    """The document with one key on a line, so that two runs can be compared with `diff`; always UTF-8."""
    formatted = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    with _on_stdout():
        sys.stdout.flush()
        sys.stdout.buffer.write(harmless_json(formatted).encode() + b"\n")
        sys.stdout.buffer.flush()


def print_lines(lines: list[str]) -> None:
    """Lines for people, without blanks at their ends."""
    with _on_stdout():
        click.echo("\n".join(harmless(line.rstrip()) for line in lines))


def print_line(line: str) -> None:
    """One line, at once: somebody waits for it."""
    with _on_stdout():
        click.echo(harmless(line))


@contextmanager
def _on_stdout() -> Iterator[None]:
    """A reader that has gone is the edge's business (tui.errors); a full disk behind `> FILE` is told by its name."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up(sys.stdout)
        raise NotWritten(f"stdout: {error.strerror}", hint="send the report to another file or disk") from None
