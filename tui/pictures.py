"""Where pictures of the screen go: beside the user's work, never over another file."""

from __future__ import annotations

from itertools import count
from pathlib import Path


def save_picture(svg: str, folder: Path) -> Path:
    """Write `asgi-vs-wsgi-1.svg`, or the first number that is free; OSError where that is impossible."""
    for number in count(1):
        path = folder / f"asgi-vs-wsgi-{number}.svg"
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(svg)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there are enough numbers")
