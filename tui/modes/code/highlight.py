"""Python in the colours of the theme."""

from __future__ import annotations

from functools import lru_cache

from pygments.token import Token
from textual.content import Content
from textual.highlight import HighlightTheme, highlight

from asgi_vs_wsgi.tui.modes.code.source_lines import source_lines

MOST_COLOURED = 60_000
"""Letters of a file: to colour more takes longer than anybody waits for a key."""


class _Theme(HighlightTheme):
    """Our own variables; states keep their colours for themselves."""

    STYLES = {  # noqa: RUF012 (declared by HighlightTheme, which has no ClassVar there)
        Token.Comment: "$faint",
        Token.Keyword: "$accent",
        Token.Literal.String: "$success",
        Token.Literal.Number: "$success",
        Token.Name.Function: "bold",
        Token.Name.Decorator: "$primary",
        Token.Name.Builtin: "$primary",
        Token.Operator.Word: "$accent",
    }


@lru_cache(maxsize=8)
def python_lines(source: str) -> tuple[Content, ...]:
    """The lines of a file, each highlighted as a part of the whole."""
    shown = "\n".join(source_lines(source))  # without what else Textual would take for the end of a line
    if len(shown) > MOST_COLOURED:
        return tuple(map(Content, shown.split("\n")))
    return tuple(highlight(shown, language="python", theme=_Theme).split("\n", allow_blank=True))
