"""The way out to stdout and stderr: text for people, or one JSON document.

Nothing else writes there (tests/tui/test_ways_out.py): whatever text a line was made of, no terminal obeys it.
"""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from scenarios.plain_text import harmless, harmless_json
from tui.text_width import pad_right, width


def print_json(document: Any) -> None:
    """The document with one key on a line, so that two runs can be compared with `diff`; always UTF-8."""
    formatted = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    sys.stdout.flush()
    sys.stdout.buffer.write(harmless_json(formatted).encode() + b"\n")
    sys.stdout.buffer.flush()


def print_lines(lines: list[str]) -> None:
    """Lines for people, without blanks at their ends."""
    click.echo("\n".join(harmless(line.rstrip()) for line in lines))


def print_line(line: str) -> None:
    """One line, at once: somebody waits for it."""
    click.echo(harmless(line))


def tell(line: str) -> None:
    """A line on stderr about what was done, beside the output."""
    click.echo(harmless(line), err=True)


def columns(rows: list[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """Rows of cells as aligned lines."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [gap.join(pad_right(cell, room) for cell, room in zip(row, widths, strict=True)) for row in rows]
