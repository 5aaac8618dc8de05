"""Passwords in the addresses of databases, hidden wherever an address may be seen."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"((?<=://)[^/:@]*:).*(?=@)|([?&](?:ssl)?password=)[^&]*", re.DOTALL)
"""Up to the last `@` of a word, however the password is quoted; or among the options of a URL."""


def hide_passwords(word: str) -> str:
    """One word of a command line, or of a text."""
    return _PASSWORD.sub(r"\1\2***", word)
