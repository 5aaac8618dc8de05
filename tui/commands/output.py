"""Writing to stdout: text for people, or one JSON document."""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec


def print_json(document: Any) -> None:
    """The document with one key on a line, so that two runs can be compared with `diff`; always UTF-8."""
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
    sys.stdout.flush()
    sys.stdout.buffer.write(encoded + b"\n")
    sys.stdout.buffer.flush()


def print_lines(lines: list[str]) -> None:
    """Lines for people, without blanks at their ends."""
    click.echo("\n".join(line.rstrip() for line in lines))


def columns(rows: list[tuple[str, ...]], gap: str = "  ") -> list[str]:
    """Rows of cells as aligned lines."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
