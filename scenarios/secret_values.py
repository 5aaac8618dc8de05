"""What is called a secret, and texts without it: a path, the words of an exception, a lesson, the code of a view.

One list of names serves what is saved and what is shown. A value is hidden for its name, never for its looks: a page or
a file goes to more people than the code does, and a harmless value hidden is the smaller harm.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate

from asgi_vs_wsgi.scenarios.untrusted_text import hide_passwords_in

HIDDEN = "not saved"
_SHORT = r"JWT|PWD|SAML|(?<![A-Z])(?:SIG|SID|OTP|O?AUTH)(?![A-Z_-])"
"""What is called so in short; neither `author` nor `AUTH_USER_MODEL`."""
SECRET_NAME = re.compile(f"API|TOKEN|KEY|SECRET|PASS|SIGNATURE|CREDENTIAL|{_SHORT}", re.IGNORECASE)
"""What Django's own reports hide (django.views.debug.SafeExceptionReporterFilter), credentials, and short names."""
SENT_SECRET_NAME = re.compile(f"{SECRET_NAME.pattern}|AUTHORIZATION|SESSION|COOKIE(?!S)", re.IGNORECASE)
"""The same of what visitors send; the table `cookies` has names of its own."""
_PARAMETER = re.compile(r"(?<=[?&])([^=&]*)=([^&]+)")
_FIELD = r"\{\w[^{}\n]{0,80}\}"
"""Of an f-string: with quotes and brackets of its own, which go with it or the rest would be no Python."""
_PARAMETER_IN_TEXT = re.compile(rf"(?<=[?&])([^=&\s\"'`<>]*)=((?:{_FIELD}|[^&\s\"'`<>])+)")


@lru_cache(maxsize=4096)
def without_secret_values(path: str) -> str:
    """A path as it is handed on: in its query, the value of what is called a secret is HIDDEN."""
    return _PARAMETER.sub(_hidden_value, path)


def _hidden_value(each: re.Match[str]) -> str:
    hidden = HIDDEN.replace(" ", "-")
    return f"{each[1]}={hidden}" if SENT_SECRET_NAME.search(each[1]) else each[0]


def without_passwords_and_tokens(text: str) -> str:
    """Any text without the passwords of its URLs and the secrets of their queries."""
    text = hide_passwords_in(text) if ":" in text or "=" in text else text
    return _PARAMETER_IN_TEXT.sub(_hidden_value, text) if "=" in text else text


_SAID_NAME = r"""(?:pass(?:word|wd|phrase)|pwd|secret(?:[_ -]?key)?|(?:api|access|private|secret)[_ -]?key|token|jwt
    |authorization|credentials?|session(?:[_-]?id)?)(?:[ ](?:provided|given))?"""
_SAID = re.compile(
    rf"""({_SAID_NAME}\\?["']?(?:\s{{0,3}}[=:]\s{{0,3}}(?:(?:Bearer|Basic|Digest)\s+)?|\s(?=\\?["']))
       | \b(?:Bearer|Basic|Digest)\s(?=\S{{16}}) | \s(?:-u|--user)\s+[^\s:]+:)
    (?!(?:\w+\s+)?\*\*\*|{HIDDEN.replace(" ", "-")}\b|[{{%<])
    (?:(\\?["'])(?:{_FIELD}|[^"'\n\\])+|(?:{_FIELD}|[^\s,;&"'<>)}}\]\\])+)""",
    re.IGNORECASE | re.VERBOSE,
)
"""`password=…`, `token: …`, `with password '…'`, `curl -u me:…`, as sentences and connection strings have it."""


def _hidden_said(each: re.Match[str]) -> str:
    return f"{each[1]}{each[2] or ''}***"


def without_secrets_in_words(text: str) -> str:
    """What somebody's program says: an exception, a title. Of code, the values would be names of variables."""
    return _SAID.sub(_hidden_said, without_passwords_and_tokens(text))


# ---- code


def _string(quote: str) -> str:
    """A literal of Python's; the three quotes before the one. Group `quote` is how it begins."""
    return (
        rf"[rbuf]{{0,2}}(?P<{quote}>\"\"\"|'''|\"|')"
        rf"(?:(?<=\"\"\")(?:[^\\]|\\.)*?|(?<=''')(?:[^\\]|\\.)*?|(?:[^\\\n]|\\.)*?)(?P={quote})"
    )


_STRING = re.compile(_string("quote"), re.IGNORECASE | re.DOTALL)
_SPOKEN = re.compile(rf"{_string('spoken')}|\#[^\n]*", re.IGNORECASE | re.DOTALL)
"""A literal or a comment: words, and no names of variables."""
_NAMED = rf"(?:{SENT_SECRET_NAME.pattern})[\w-]{{0,40}}"
_NOT_READ = r"(?!(?:os\s*\.\s*)?(?:environ|getenv)\b|env\b|config\b)"
"""What follows is the name of a setting and no value."""
_BEFORE = re.compile(
    rf"""{_NAMED}(?:
        ["']?\s{{0,8}}[\])]?\s{{0,8}}(?::[ \w.|,"'\[\]]{{1,60}}(?==))?(?:[=!]=|:=|=>|=|:|\bin\b)\s{{0,40}}   # TOKEN:
        (?:[^\n"'=]{{0,80}}\bor\b\s{{0,8}}|{_NOT_READ}[\w.]{{0,60}}(?P<open>[\[({{])\s{{0,40}})?             # get(
      | (?<!auth)["']\s{{0,40}},\s{{0,40}}(?:default\s?=\s?)?  # get("TOKEN", but not Django's app: ("auth", "User")
    )(?={_string("begins")})""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_OTHERWISE = r"(?:[^\n\"'#=]{0,80}\b(?:or|else)\b)?"
_BESIDE = re.compile(rf"{_OTHERWISE}(?:[ \t(]|\\\n)*")
_LISTED = re.compile(rf"{_OTHERWISE}[\s\\,:\[({{]*")
"""Between literals that are one, or one or the other; and those in brackets."""
_JOINED = re.compile(r"[\s\\+,:(]*")
"""Between a literal that ends after a name, and the one that has the value: `"token=" + "…"`."""
_SCHEME = re.compile(rf"""(?<=["'])(Bearer|Basic|Digest)\s+(?:{_FIELD}|[^"'\n\\])+""")
_HEADER = re.compile(
    rf"""((["'])[\w-]{{0,40}}?{_NAMED}\s{{0,8}}:\s{{0,8}})(?![\s"'])(?:{_FIELD}|\\[^rn\n]|(?!\2)[^\n\\])++(?=\2|\\[rn])""",
    re.IGNORECASE,
)
_SHELL = re.compile(rf"""^([ \t$>]*(?:export[ ]+|set[ ]+|-e[ ]+)?[A-Z0-9_]*{_NAMED}=)[^\s"'(]+(?=\s|$)""", re.MULTILINE)


def without_secret_literals(code: str, *, python: bool = False) -> str:
    """Code, or a text with code in it, in which literals that a secret's name stands for are `***`; lines stay lines.

    `PASSWORD: str = "…"`, `"api_key": "…"`, `login(token=("…" "…"))`, `get("TOKEN", "…")`, `Authorization: …`, and what
    a literal or a comment itself says: `"host=db password=…"`. Of a module, with `python`, the
    result is Python where `code` was, as nothing is hidden across literals; and addresses have no passwords.
    """
    literals = _PythonLiterals(code if python else None)
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
        while (literal := _STRING.match(code, at)) and not literals.end_across(at):
            parts.append(_emptied(literal, "quote"))
            after = between.match(code, literal.end())
            at = after.end() if after and _STRING.match(code, after.end()) else literal.end()
            parts.append(code[literal.end() : at])
    code = "".join([*parts, code[at:]])
    if literals.known:
        return _SPOKEN.sub(_without_spoken, code)
    code = _HEADER.sub(r"\1***", _SCHEME.sub(r"\1 ***", code))
    return _SHELL.sub(r"\1***", _SPOKEN.sub(lambda words: _SAID.sub(_hidden_said, words[0]), code))


def _emptied(literal: re.Match[str], name: str) -> str:
    """With as many lines: those of a literal with one quote end in a backslash."""
    quote, line = literal[name], "\n" if len(literal[name]) == len('"""') else "\\\n"
    begin, end = literal.end(name) - literal.start(), len(literal[0]) - len(quote)
    return f"{literal[0][:begin]}{'***' if end > begin else ''}{line * literal[0].count(line)}{quote}"


def _without_spoken(literal: re.Match[str]) -> str:
    """A literal or a comment of Python without the secrets that it says; all of it goes where the rest is no Python."""
    text = _SCHEME.sub(r"\1 ***", without_passwords_and_tokens(literal[0]))
    text = _SHELL.sub(r"\1***", _SAID.sub(_hidden_said, _HEADER.sub(r"\1***", text)))
    harmed = text != literal[0] and not _python_tokens(text) and _python_tokens(literal[0])
    return _emptied(literal, "spoken") if harmed else text


class _PythonLiterals:
    """Where those of a module end, so that no quote which ends one is taken for one that begins another.

    Nothing is known of prose, nor of what is no Python: there an apostrophe is no quote, and any may begin one.
    """

    def __init__(self, code: str | None) -> None:
        self._code = code or ""
        self._begin: set[int] = set()
        self._ends: list[tuple[int, int]] = []
        """The closing quote of each: where it begins and ends."""
        tokens = [] if code is None else _python_tokens(code)
        self.known = bool(tokens)
        line_at = [*accumulate(map(len, io.StringIO(self._code)), initial=0)]
        for token in tokens:
            kind = tokenize.tok_name[token.type]  # of f-strings from Python 3.12 on, of t-strings from 3.14
            if kind in ("STRING", "FSTRING_START", "TSTRING_START"):
                self._begin.add(line_at[token.start[0] - 1] + token.start[1])
            if kind in ("STRING", "FSTRING_END", "TSTRING_END"):
                end = line_at[token.end[0] - 1] + token.end[1]
                self._ends.append((end - (3 if token.string.endswith(('"""', "'''")) else 1), end))

    def end_across(self, at: int) -> int:
        """Where what looks like a literal at `at` reaches past the end of one that has begun before: that end, or 0."""
        literal = _STRING.match(self._code, at)
        if literal is None or at in self._begin:
            return 0
        after = bisect_left(self._ends, (literal.start("quote"), 0))
        if after == len(self._ends) or self._ends[after][0] >= literal.end() - len(literal["quote"]):
            return 0
        return self._ends[after][1]


def _python_tokens(code: str) -> list[tokenize.TokenInfo]:
    """Empty where it is no Python of this version."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape in a text: not ours to judge
            ast.parse(code)
            return [*tokenize.generate_tokens(io.StringIO(code).readline)]
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return []
