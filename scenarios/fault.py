"""What is wrong with one key, before it is known whether the key stood in a file or on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class Fault(NamedTuple):
    """A key (`load.rate`, `targets[1].view`), the reason, and what would be right."""

    key: str
    reason: str
    right: str


def suggest(word: str, known: Iterable[str]) -> str:
    """What would be right instead of `word`: the nearest known word, or all of them."""
    words = sorted(known)
    if near := get_close_matches(word, words, n=1, cutoff=0.5):
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(words)}" if words else "there is none to choose from"
