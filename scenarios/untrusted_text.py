"""The gate for text that is not ours: what passes is shown, and obeyed by nothing that shows it.

Names, labels, lessons, views, the words of exceptions and of servers, names of files and whatever a saved run holds
may contain escape sequences, line breaks, marks that turn the order of letters around, or signs that XML cannot hold.
They are written as Python would write them in a string:

    printable("red [31m")      red \\x1b[31m
    one_line("two
   lines")      two lines
    printable_lines("ab
c")   ["a\\x0cb", "c"]      lines as Python counts them

Passwords in the addresses of databases, hidden wherever an address may be seen.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
"""C0 and C1 (U+009B alone begins an escape sequence in some terminals), and what ends a line or a paragraph."""
_REORDERS = "\u202a-\u202e\u2066-\u2069"
"""Embeddings, overrides and isolates: code that is shown with them reads as other code than what runs."""
_NO_CHARACTERS = "\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
"""Halves of a surrogate pair, from names of files that are not UTF-8, and what Unicode will never assign."""
_INVISIBLE = "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""Takes no room and leaves no trace. Joiners are not among them: Persian, Indic languages and emoji need them."""

_BLANKS = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_JOINED = f"[^ -~{_BLANKS}\u200d{_CONTROLS}{_REORDERS}{_NO_CHARACTERS}{_INVISIBLE}]"
_JOINS_NOTHING = f"(?<!{_JOINED})\u200d|\u200d(?!{_JOINED})"
"""A joiner beside a Latin letter, a blank or an end: it hides the next letter from whoever counts cells."""

_HARMFUL = re.compile(f"[{_CONTROLS}{_REORDERS}{_NO_CHARACTERS}]|{_JOINS_NOTHING}")
_UNSEEN = re.compile(f"[{_CONTROLS}{_REORDERS}{_NO_CHARACTERS}{_INVISIBLE}]|{_JOINS_NOTHING}")
_HARMFUL_CELL = re.compile(f"[{_CONTROLS}{_REORDERS}{_NO_CHARACTERS}]")
_UNESCAPED_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029{_REORDERS}{_NO_CHARACTERS}]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_BREAK = re.compile(r"[ \t]*[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]\s*")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
TAB = 4
"""Columns from one tab stop to the next."""


def harmless(text: str) -> str:
    """`text` with everything visible that a terminal or a file format would obey; the rest is as it was."""
    return text if text.isprintable() else _HARMFUL.sub(_written, text)


def printable(text: str) -> str:
    """The same, and what takes no room is seen too: for code, words of programs and names of files."""
    return text if text.isprintable() else _UNSEEN.sub(_written, text)


def one_line(text: str) -> str:
    """`text` for a place that has one line; a line break becomes a blank."""
    return text if text.isprintable() else printable(_BREAK.sub(" ", text)).strip()


def printable_lines(text: str) -> list[str]:
    """The lines of `text` as Python counts them, tabs as blanks."""
    return [printable(line.expandtabs(TAB)) for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """Lines as Python's tokenizer counts them: a form feed, U+0085 or U+2028 begins none, unlike in `splitlines`."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def first_lines(text: str, most: int) -> str:
    """Its beginning of at most so many lines, as it is."""
    for number, end in enumerate(_LINE_END.finditer(text), 1):
        if number == most:
            return text[: end.end()]
    return text


def harmless_cells(text: str, cells_of: Callable[[str], int]) -> str:
    """The last gate, where cells are laid out already: what is harmful becomes as many U+FFFD as it takes cells."""
    return text if text.isprintable() else _HARMFUL_CELL.sub(lambda found: "\ufffd" * cells_of(found[0]), text)


def harmless_json(document: str) -> str:
    """JSON that says the same, with escapes for what a terminal would obey and JSON may hold as it is."""
    document = _UNESCAPED_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], document)
    return document.replace("##[", "#\\u0023[") if os.environ.get(IN_A_WORKFLOW) else document


def refusal(text: str) -> str:
    """Why `text` cannot be a title, a name or a label; empty where it can."""
    found = _HARMFUL.search(text)
    if found is None:
        return ""
    sign = found[0]
    if sign in "\n\r\v\f\x85\u2028\u2029":
        return f"it holds a line break ({_code_point(sign)})"
    if re.match(f"[{_REORDERS}]", sign):
        return f"it holds {_code_point(sign)}, which turns the order of letters around"
    if sign == "\u200d":
        return f"it holds {_code_point(sign)}, a joiner, where there is nothing to join"
    return f"it holds {_code_point(sign)}, a control character"


def _written(found: re.Match[str]) -> str:
    sign = found[0]
    code = ord(sign)
    if sign in _NAMED:
        return _NAMED[sign]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _code_point(sign: str) -> str:
    return f"U+{ord(sign):04X}"


IN_A_WORKFLOW = "GITHUB_ACTIONS"
"""Set in the environment where GitHub runs us, and takes lines of stdout and stderr for commands."""


def no_workflow_command(line: str) -> str:
    """`line` as nothing that GitHub's runner obeys: `::error::…` at its beginning, `##[error]…` anywhere in it."""
    if not os.environ.get(IN_A_WORKFLOW):
        return line
    body = line.lstrip()
    line = f"{line[: len(line) - len(body)]}\\{body}" if body.startswith("::") else line
    return line.replace("##[", "##\\[")


_PASSWORD = re.compile(r"((?<=://)[^/:@]*:).*(?=@)|([?&](?:ssl)?password=)[^&]*", re.DOTALL)
"""Up to the last `@` of a word, however the password is quoted; or among the options of a URL."""
_WORD = re.compile(r"\S+")


def hide_passwords(word: str) -> str:
    """One word of a command line, or of a text."""
    return _PASSWORD.sub(r"\1\2***", word)


def hide_passwords_in(text: str) -> str:
    """Those of all its words."""
    return _WORD.sub(lambda word: hide_passwords(word[0]), text)
