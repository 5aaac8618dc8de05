"""Pictures of the screen as files: an SVG and a PNG beside the user's work, never over another file."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

PNG_PROGRAM = (sys.executable, "-P", "-m", "tui.exports.png")


def save_picture(svg: str, folder: Path) -> Path:
    """Write `asgi-vs-wsgi-1.svg`, or the first number that is free for both; OSError where that is impossible."""
    for number in count(1):
        path = folder / f"asgi-vs-wsgi-{number}.svg"
        if path.with_suffix(".png").exists():
            continue
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(svg)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there are enough numbers")


async def add_png(path: Path) -> str:
    """Draw the SVG at `path` as a PNG beside it; returns what to say of both.

    Another process does it: drawing would hold this one's interpreter, and so the screen, for tenths of a second.
    """
    to = asyncio.subprocess.PIPE
    arguments = (*PNG_PROGRAM, str(path), str(path.with_suffix(".png")))
    process = await asyncio.create_subprocess_exec(*arguments, stdin=asyncio.subprocess.DEVNULL, stdout=to, stderr=to)
    try:
        remark, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return saved_words(path, remark.decode(), complaint.decode() if process.returncode else "")


def saved_words(path: Path, remark: str, complaint: str) -> str:
    """Where the files are, and what is to be known about them."""
    if complaint:
        return f"saved {path}; no PNG: {complaint.strip().splitlines()[-1]}"
    both = f"saved {path.name} and {path.with_suffix('.png').name} in {path.parent}"
    return f"{both}; {remark}" if remark else both
