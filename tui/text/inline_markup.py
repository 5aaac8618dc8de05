"""A little Markdown in running text: emphasis and code."""

from __future__ import annotations

import re

from textual.content import Content

_MARKED = re.compile(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`")


def render_inline(text: str) -> Content:
    """Emphasis is bold, code has a colour of its own."""
    parts: list[Content] = []
    end = 0
    for found in _MARKED.finditer(text):
        parts.append(Content(text[end : found.start()]))
        words = found[1] or found[2]
        parts.append(Content.styled(words, "bold") if words else Content.styled(found[3], "$primary"))
        end = found.end()
    return Content("").join([*parts, Content(text[end:])])
