"""What stands for a sign that an output's character set lacks: one for one, so that columns and states stay apart."""

from __future__ import annotations

import codecs

PLAIN = "asgi-vs-wsgi-plain"
"""The name that a stream's `errors` are given."""


_LIKENESS = {
    "█▉▊▋▌▇▆▛▜▟": "#",
    "▙": "!",
    "▓": "%",
    "▒": "$",
    "▸": "}",
    "‹": "(",
    "›": ")",
    "░": ":",
    "▚▞": "*",
    "┄": "~",
    "╪": "/",
    "═": "=",
    "╫": "&",
    "╬": "@",
    "·•": ".",
    "×": "x",
    "✕": "X",
    "■": "o",
    "…": ".",
    "▏▎▍│┊▐": "|",
    "▁▂▃▄▅▖▗": "_",
    "▘▝▀": "^",
    "─–—": "-",
    "╭╮╰╯├┤┬┴┼": "+",
    "→►▶": ">",
    "←◄": "<",
    "“”": '"',
    "‘’": "'",
}


SIGNS = {sign: plain for signs, plain in _LIKENESS.items() for sign in signs}


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(SIGNS.get(sign, "?") for sign in lacking), error.end


codecs.register_error(PLAIN, _replaced)
