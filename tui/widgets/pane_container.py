"""Where the panes of lanes lie, one below the other."""

from __future__ import annotations

from textual.containers import Vertical
from textual.message import Message


class Panes(Vertical):
    """Tells when its size has changed: its panes are to be divided anew."""

    class Resized(Message):
        """After a layout."""

    def on_resize(self) -> None:
        """The board has come, or the terminal has another size."""
        self.post_message(self.Resized())
