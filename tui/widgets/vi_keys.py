"""Moving by letters, as in vi, in whatever has the focus: a list, a text, lanes or the rows of a waterfall.

j k              down, up, as the arrows
ctrl+d ctrl+u    half a page
g G              to the beginning, to the end

A letter that means something else on the screen (`j` goes to the next event) means that where nothing of these has
the focus: Textual asks the focused widget first.
"""

from __future__ import annotations

from textual.binding import Binding


def vi_bindings(down: str, up: str, first: str, last: str, half_page: str = "half_page") -> list[Binding]:
    """Bindings of a widget for these actions of it; `half_page` takes a direction."""
    keys = {"j": down, "k": up, "g": first, "G": last, "ctrl+d": f"{half_page}(1)", "ctrl+u": f"{half_page}(-1)"}
    return [Binding(key, action, show=False) for key, action in keys.items()]


TEXT_MOVES = vi_bindings("scroll_down", "scroll_up", "scroll_home", "scroll_end")
"""Of a text that is longer than its room."""
