"""What is wrong with one key, before it is known whether the key stood in a file or on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

SHORTEST_BEGINNING = 3
"""Letters of a word that may stand for several: `gunicorn` is four servers."""


class Fault(NamedTuple):
    """A key (`load.rate`, `targets[1].view`), the reason, and what would be right."""

    key: str
    reason: str
    right: str


def suggest(word: str, known: Iterable[str]) -> str:
    """What would be right instead of `word`: those that begin with it, else the nearest known word, else all."""
    words = sorted(known)
    begun = [each for each in words if len(word) >= SHORTEST_BEGINNING and each.startswith(word)]
    if len(begun) > 1:
        return f"did you mean {', '.join(f'`{each}`' for each in begun[:-1])} or `{begun[-1]}`?"
    if near := get_close_matches(word, words, n=1, cutoff=0.5):
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(words)}" if words else "there is none to choose from"
