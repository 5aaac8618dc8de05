"""The judge of what has passed the gate: by Unicode's own tables, and not by ours."""

from __future__ import annotations

import unicodedata

REORDERING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def obeyed(text: str) -> set[str]:
    """What a terminal or a file format may take for an order."""
    return {
        sign
        for sign in text
        if unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs")
        or sign in REORDERING
        or ord(sign) & 0xFFFE == 0xFFFE
        or 0xFDD0 <= ord(sign) <= 0xFDEF
    }
