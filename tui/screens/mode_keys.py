"""The keys that belong to the mode that is on: they stand first in the key bar and in help.

quiz      a-d answer   n p question   x anew
what-if   w h v i half   W H V I twice
"""

from __future__ import annotations

from textual.binding import Binding

from asgi_vs_wsgi.tui.screens.mode_screen import VISITOR_BINDINGS
from asgi_vs_wsgi.tui.screens.playback_screen import PLAYER_BINDINGS
from asgi_vs_wsgi.tui.screens.run_screen import RUN_BINDINGS
from asgi_vs_wsgi.tui.widgets.key_bar import MANY

OWN_ACTIONS: dict[str, frozenset[str]] = {
    "watch": frozenset({"pause", "visitor", "worker"}),
    "compare": frozenset({"ladder"}),
    "waterfall": frozenset({"order", "visitor"}),
    "quiz": frozenset({"answer", "question", "forget_answers"}),
    "what-if": frozenset({"knob"}),
}
"""By mode, for help."""


def _known(*ids: str) -> tuple[Binding, ...]:
    bindings = {each.id: each for each in (*RUN_BINDINGS, *PLAYER_BINDINGS, *VISITOR_BINDINGS)}
    return tuple(bindings[each] for each in ids)


def _many(keys: str, action: str, words: str) -> Binding:
    return Binding(keys.split()[0], action, words, key_display=keys, id=f"{MANY}{words}")


OWN_KEYS: dict[str, tuple[Binding, ...]] = {
    "watch": _known("pause", "next", "worker"),
    "compare": _known("ladder"),
    "waterfall": (Binding("k", "order", "sort", id="order"), *_known("next")),
    "quiz": (
        _many("a-d", "answer", "answer"),
        Binding("n", "question(1)", "question", key_display="n p", id="question"),
        Binding("x", "forget_answers('one')", "anew", id="anew"),
    ),
    "what-if": (_many("w h v i", "knob", "half"), _many("W H V I", "knob", "twice")),
}
"""By mode, as the key bar shows them."""
