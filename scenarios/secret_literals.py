"""Code without the literals that a secret's name stands for: a view, a lesson's example.

Of a module first what its grammar says (asgi_vs_wsgi.scenarios.secrets_in_python). The rest, and prose, and code of
other languages, is told by what stands before a literal.
"""

from __future__ import annotations

import re

from asgi_vs_wsgi.scenarios.secret_values import (
    FIELD,
    SAID,
    SENT_SECRET_NAME,
    hidden_said,
    without_passwords_and_tokens,
)
from asgi_vs_wsgi.scenarios.secrets_in_python import (
    STRING,
    PythonLiterals,
    emptied,
    python_tokens,
    string_pattern,
    without_meant_literals,
)

_SPOKEN = re.compile(rf"{string_pattern('spoken')}|\#[^\n]*", re.IGNORECASE | re.DOTALL)
"""A literal or a comment: words, and no names of variables."""
_NAMED = rf"(?:{SENT_SECRET_NAME.pattern})[\w-]{{0,40}}"
_NOT_READ = r"(?!(?:os\s*\.\s*)?(?:environ|getenv)\b|env\b|config\b)"
"""What follows is the name of a setting and no value."""
_BEFORE = re.compile(
    rf"""{_NAMED}(?:
        ["']?\s{{0,8}}[\])]?\s{{0,8}}(?::[ \w.|,"'\[\]]{{1,60}}(?==))?(?:[=!]=|:=|=>|=|:|\bin\b)\s{{0,40}}   # TOKEN:
        (?:[^\n"'=]{{0,80}}\bor\b\s{{0,8}}|{_NOT_READ}[\w.]{{0,60}}(?P<open>[\[({{])\s{{0,40}})?             # get(
      | (?<!auth)["']\s{{0,40}},\s{{0,40}}(?:default\s?=\s?)?  # get("TOKEN", but not Django's app: ("auth", "User")
    )(?={string_pattern("begins")})""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_OTHERWISE = r"(?:[^\n\"'#=]{0,80}\b(?:or|else)\b)?"
_BESIDE = re.compile(rf"{_OTHERWISE}(?:[ \t(]|\\\n)*")
_LISTED = re.compile(rf"{_OTHERWISE}[\s\\,:\[({{]*")
"""Between literals that are one, or one or the other; and those in brackets."""
_JOINED = re.compile(r"[\s\\+,:(]*")
"""Between a literal that ends after a name, and the one that has the value: `"token=" + "…"`."""
_SCHEME = re.compile(rf"""(?<=["'])(Bearer|Basic|Digest)\s+(?:{FIELD}|[^"'\n\\])+""")
_HEADER = re.compile(
    rf"""((["'])[\w-]{{0,40}}?{_NAMED}\s{{0,8}}:\s{{0,8}})(?![\s"'])(?:{FIELD}|\\[^rn\n]|(?!\2)[^\n\\])++(?=\2|\\[rn])""",
    re.IGNORECASE,
)
_SHELL = re.compile(rf"""^([ \t$>]*(?:export[ ]+|set[ ]+|-e[ ]+)?[A-Z0-9_]*{_NAMED}=)[^\s"'(]+(?=\s|$)""", re.MULTILINE)


def without_secret_literals(code: str, *, python: bool = False) -> str:
    """Code, or a text with code in it, in which literals that a secret's name stands for are `***`; lines stay lines.

    `PASSWORD: str = "…"`, `"api_key": "…"`, `login(token=("…" "…"))`, `get("TOKEN", "…")`, `Authorization: …`, and what
    a literal or a comment itself says: `"host=db password=…"`. Of a module, with `python`, the
    result is Python where `code` was, as nothing is hidden across literals; and addresses have no passwords.
    """
    code = without_meant_literals(code) if python else code
    literals = PythonLiterals(code if python else None)
    if python and not literals.known:
        code = without_passwords_and_tokens(code)
    parts, at = [], 0
    while before := _BEFORE.search(code, at):
        start, between = before.end(), _LISTED if before["open"] else _BESIDE
        if past := literals.end_across(start):
            joined = _JOINED.match(code, past)
            start, between = joined.end() if joined else past, _BESIDE
        parts.append(code[at:start])
        at = start
        while (literal := STRING.match(code, at)) and not literals.end_across(at):
            parts.append(emptied(literal[0]))
            after = between.match(code, literal.end())
            at = after.end() if after and STRING.match(code, after.end()) else literal.end()
            parts.append(code[literal.end() : at])
    code = "".join([*parts, code[at:]])
    if literals.known:
        return _SPOKEN.sub(_without_spoken, code)
    code = _HEADER.sub(r"\1***", _SCHEME.sub(r"\1 ***", code))
    return _SHELL.sub(r"\1***", _SPOKEN.sub(lambda words: SAID.sub(hidden_said, words[0]), code))


def _without_spoken(literal: re.Match[str]) -> str:
    """A literal or a comment of Python without the secrets that it says; all of it goes where the rest is no Python."""
    text = _SCHEME.sub(r"\1 ***", without_passwords_and_tokens(literal[0]))
    text = _SHELL.sub(r"\1***", SAID.sub(hidden_said, _HEADER.sub(r"\1***", text)))
    harmed = text != literal[0] and not python_tokens(text) and python_tokens(literal[0])
    return emptied(literal[0]) if harmed else text
