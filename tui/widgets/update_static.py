"""Puts words into a place for them."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


def put(place: Static, words: Content) -> bool:
    """Show the words, if they are not there already: an update lays out the whole screen anew."""
    if isinstance(place.content, Content) and words.is_same(place.content):
        return False
    place.update(words)
    return True
