"""A little Markdown in running text: emphasis and code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

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
