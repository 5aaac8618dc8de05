"""A little Markdown in running text: emphasis and code.

The screen's one action, `press('event', 1)`: a command and its arguments, from a key, a click or the palette.

Textual finds an action on the screen, the app or the focused widget; the commands of the laboratory are methods of the
parts that its screen is put together of, so one action hands them on.

Text in cells: widths, columns, numbers, signs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.actions import parse
from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKED = re.compile(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`")


def as_code(text: str) -> Content:
    """In a colour of its own."""
    return Content.styled(text, "$primary")


def render_inline(text: str, code: Callable[[str], Content] = as_code) -> Content:
    """Emphasis is bold; `code` says how a piece of code is shown."""
    parts: list[Content] = []
    end = 0
    for found in _MARKED.finditer(text):
        parts.append(Content(text[end : found.start()]))
        words = found[1] or found[2]
        parts.append(Content.styled(words, "bold") if words else code(found[3]))
        end = found.end()
    return Content("").join([*parts, Content(text[end:])])


def press(command: str, *arguments: str | int) -> str:
    """As Textual is told it."""
    return f"press({', '.join(map(repr, (command, *arguments)))})"


def command_of(action: str, parameters: tuple[object, ...] = ()) -> str:
    """`event`, for `press('event', 1)` as well as for `press` with these parameters; of any other action its name."""
    name, given = (action, parameters) if "(" not in action else parse(action)[1:]
    return str(given[0]) if name == "press" and given else name
