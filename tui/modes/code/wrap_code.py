"""A line of code that is wider than its column: broken where least is inside brackets, what follows set in.

return HttpResponse(await
  upstream.aget(parameter("io_ms")))
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from asgi_vs_wsgi.tui.text.text_width import fitting

SET_IN = 2
OPEN, CLOSE, QUOTES = "([{", ")]}", "\"'"


def broken(line: Content, room: int) -> list[Content]:
    """As many lines as it takes, in the same colours."""
    indent = min(_blanks(line.plain) + SET_IN, room // 2)
    first = _cut(line.plain, room)
    out, rest = [line[:first].rstrip()], line[first:]
    while rest.plain.strip():
        rest = rest[_blanks(rest.plain) :]
        cut = _cut(rest.plain, room - indent)
        out.append(Content(" " * indent) + rest[:cut].rstrip())
        rest = rest[cut:]
    return out


def _blanks(plain: str) -> int:
    """How many it begins with."""
    return len(plain) - len(plain.lstrip())


def _cut(plain: str, room: int) -> int:
    """How many signs stand on the first line."""
    fit = fitting(plain, room)
    if fit >= len(plain):
        return len(plain)
    places = [(depth, -at) for depth, at in _places(plain, fit) if at > _blanks(plain)]
    late = [place for place in places if -place[1] > fit // 2]
    return -min(late or places)[1] if places else fit


def _places(plain: str, fit: int) -> Iterator[tuple[int, int]]:
    """Where it may be broken: (how deep in brackets, after how many signs); not within a string."""
    depth, quote = 0, ""
    for at, sign in enumerate(plain[: fit + 1], 1):  # a blank that is one too many is not drawn
        if quote:
            quote = "" if sign == quote else quote
            continue
        depth += (sign in OPEN) - (sign in CLOSE)
        quote = sign if sign in QUOTES else ""
        if sign == " " or (sign in OPEN and at <= fit):
            yield depth, at
