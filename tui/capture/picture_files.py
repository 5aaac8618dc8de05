"""Pictures of the screen as files: an SVG and a PNG beside the user's work, never over another file."""

from __future__ import annotations

import re
import sys
from itertools import count
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.atomic_write import write_atomically, write_first_free, write_new
from asgi_vs_wsgi.scenarios.untrusted_text import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PNG_PROGRAM = (sys.executable, "-P", "-m", "asgi_vs_wsgi.tui.capture.png")


LONGEST_NAME = 60
MOST_PICTURES = 10_000
"""Of one name, beside one another."""


def file_stem(scenario: str) -> str:
    """A scenario's name as that of a file: that of a saved run may hold anything."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", scenario)[:LONGEST_NAME].strip("-") or PROGRAM


def free_file(folder: Path, scenario: str, ending: str) -> Path:
    """`slow-io.png`, or the first number that makes it free; BadInput where all of them are taken."""
    for path in _names(folder, scenario, ending):
        if not path.exists():
            return path
    taken = f"{folder / file_stem(scenario)}{ending} and the {MOST_PICTURES - 2:,} names after it are taken"
    raise BadInput(taken, hint="remove some, or name a file")


def write_free(folder: Path, scenario: str, ending: str, data: bytes | Iterable[bytes]) -> Path:
    """Write to what is free then, never over another file that came meanwhile; returns where. BadInput as above."""
    return write_first_free(_names(folder, scenario, ending), data)


def _names(folder: Path, scenario: str, ending: str) -> Iterator[Path]:
    stem = file_stem(scenario)
    yield folder / f"{stem}{ending}"
    yield from (folder / f"{stem}-{number}{ending}" for number in range(2, MOST_PICTURES))


def save_picture(svg: str, folder: Path, scenario: str) -> Path:
    """Write `slow-io-1.svg`, or the first number that is free for both; NotWritten where that is impossible."""
    stem = file_stem(scenario)
    for number in count(1):
        path = folder / f"{stem}-{number}.svg"
        if path.with_suffix(".png").exists():
            continue
        try:
            write_new(path, svg.encode("utf-8"))
        except FileExistsError:
            continue
        return path
    raise AssertionError("there are enough numbers")


async def add_png(path: Path) -> str:
    """Draw the SVG at `path` as a PNG beside it; returns what to say of both.

    Another process draws it: this one's interpreter, and so the screen, would be held for tenths of a second. It only
    hands over what it drew, so that nothing half-written is left where it is ended early.
    """
    # Neither is needed for the first screen, which is to be there soon.
    from anyio import to_thread

    from asgi_vs_wsgi.server_targets.processes.short_process import run_to_end

    drawn = await run_to_end([*PNG_PROGRAM, str(path)])
    words = drawn.stderr.decode("utf-8", errors="replace")
    if drawn.returncode:
        return saved_words(path, "", words)
    try:
        await to_thread.run_sync(write_atomically, path.with_suffix(".png"), drawn.stdout)
    except BadInput as error:
        return saved_words(path, "", error.one_line())
    return saved_words(path, words, "")


def saved_words(path: Path, remark: str, complaint: str) -> str:
    """Where the files are, and what is to be known about them."""
    if complaint.strip():
        return f"saved {path}; no PNG: {split_lines(complaint.strip())[-1]}"
    both = f"saved {path.name} and {path.with_suffix('.png').name} in {path.parent}"
    return f"{both}; {remark}" if remark else both
