"""The line of keys above What-if: what is changed, to what, and what would change nothing here.

w W workers 2 → 4   h H threads 1   v V visitors 32   i I wait ×1   w half, W twice
Twice or half the threads changes nothing in this run.
"""

from __future__ import annotations

from textual.content import Content

from asgi_vs_wsgi.tui.modes.shared.layout import clickable, faint, prose
from asgi_vs_wsgi.tui.modes.what_if.knob_values import Numbers, ends, told
from asgi_vs_wsgi.tui.modes.what_if.model import KEYS, WhatIf

HOW = "w half, W twice"


def knob_lines(chosen: WhatIf, width: int, numbers: Numbers, idle: frozenset[str] = frozenset()) -> list[Content]:
    """With those that change nothing named as such; a click on a letter is as good as its key."""
    knobs = [_knob(key, name, chosen, numbers, idle=name in idle) for key, name in KEYS]
    full = Content("   ").join([*knobs, faint(HOW)])
    fits = full.cell_length <= width
    line = [full] if fits else Content("   ").join(knobs).wrap(width)
    said = [*([] if fits else [HOW]), *ends(chosen, numbers), *([_idle_words(idle)] if idle else [])]
    return [*line, *(prose(faint(f"{'. '.join(said)}."), width) if said else ())]


def _knob(key: str, name: str, chosen: WhatIf, numbers: Numbers, *, idle: bool) -> Content:
    style = "$faint" if idle else "bold $accent"
    signs = ((key, -1), (key.upper(), 1))
    less, more = (clickable(Content.styled(sign, style), f"knob('{name}',{steps})") for sign, steps in signs)
    words = f" {name} {told(chosen, name, numbers)}".replace(" ", "\u00a0")
    return Content("").join([less, Content("\u00a0"), more, Content.styled(words, "$faint" if idle else "")])


def _idle_words(idle: frozenset[str]) -> str:
    names = [name for _, name in KEYS if name in idle]
    if len(names) == len(KEYS):
        return "No knob changes anything in this run"
    *first, last = names
    which = f"{', '.join(first)} or {last}" if first else last
    return f"Twice or half the {which} changes nothing in this run"
