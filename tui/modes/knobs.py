"""The line of keys above What-if: what is changed, by how much, and what would change nothing here.

w W workers ×2   h H threads ×1   v V visitors ×1   i I wait ×1   small letter: half, capital: twice
Threads change nothing in this run.
"""

from __future__ import annotations

from textual.content import Content

from tui.modes.layout import clickable, faint, prose
from tui.modes.premises import KEYS, WhatIf

HOW = "small letter: half, capital: twice"


def knob_lines(chosen: WhatIf, width: int, idle: frozenset[str] = frozenset()) -> list[Content]:
    """With those that change nothing named as such; a click on a letter is as good as its key."""
    knobs = [_knob(key, name, chosen, idle=name in idle) for key, name in KEYS]
    full = Content("   ").join([*knobs, faint(HOW)])
    line = [full] if full.cell_length <= width else Content("   ").join(knobs).wrap(width)
    return [*line, *(prose(faint(_idle_words(idle)), width) if idle else ())]


def _knob(key: str, name: str, chosen: WhatIf, *, idle: bool) -> Content:
    style = "$faint" if idle else "bold $accent"
    signs = ((key, -1), (key.upper(), 1))
    less, more = (clickable(Content.styled(sign, style), f"knob('{name}',{steps})") for sign, steps in signs)
    value = Content.styled(f"\u00a0{name}\u00a0×{_factor(getattr(chosen, name))}", "$faint" if idle else "")
    return Content("").join([less, Content("\u00a0"), more, value])


def _idle_words(idle: frozenset[str]) -> str:
    names = [name for _, name in KEYS if name in idle]
    *first, last = names
    words = f"{', '.join(first)} and {last}" if first else last
    return f"{words.capitalize()} {'change' if first or last.endswith('s') else 'changes'} nothing in this run."


def _factor(value: float) -> str:
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"
