"""What is called a secret, and texts without it: a path, the words of an exception, a lesson, the code of a view.

One list of names serves what is saved and what is shown. A value is hidden for its name, never for its looks: a page or
a file goes to more people than the code does, and a harmless value hidden is the smaller harm.
"""

from __future__ import annotations

import re
from functools import lru_cache

from asgi_vs_wsgi.scenarios.plain_text import hide_passwords_in

HIDDEN = "not saved"
_SHORT = r"JWT|PWD|SAML|(?<![A-Z])(?:SIG|SID|OTP|O?AUTH)(?![A-Z_-])"
"""What is called so in short; neither `author` nor `AUTH_USER_MODEL`."""
SECRET_NAME = re.compile(f"API|TOKEN|KEY|SECRET|PASS|SIGNATURE|CREDENTIAL|{_SHORT}", re.IGNORECASE)
"""What Django's own reports hide (django.views.debug.SafeExceptionReporterFilter), credentials, and short names."""
SENT_SECRET_NAME = re.compile(f"{SECRET_NAME.pattern}|AUTHORIZATION|SESSION|COOKIE(?!S)", re.IGNORECASE)
"""The same of what visitors send; the table `cookies` has names of its own."""
_PARAMETER = re.compile(r"(?<=[?&])([^=&]*)=([^&]+)")
_PARAMETER_IN_TEXT = re.compile(r"(?<=[?&])([^=&\s\"'`<>]*)=([^&\s\"'`<>]+)")


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
    (?!(?:\w+\s+)?\*\*\*|{HIDDEN.replace(" ", "-")}\b|[{{%<])(?:(\\?["'])[^"'\n\\]+|[^\s,;&"'<>)}}\]\\]+)""",
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
_SCHEME = re.compile(r"""(?<=["'])(Bearer|Basic|Digest)\s+[^"'\n]+""")
_HEADER = re.compile(rf"""(["'][\w-]{{0,40}}?{_NAMED}\s{{0,8}}:\s{{0,8}})[^\s"'][^"'\n]*(?=["'])""", re.IGNORECASE)
_SHELL = re.compile(rf"""^([ \t$>]*(?:export[ ]+|set[ ]+|-e[ ]+)?[A-Z0-9_]*{_NAMED}=)[^\s"'(]+(?=\s|$)""", re.MULTILINE)


def without_secret_literals(code: str) -> str:
    """Code, or a text with code in it, in which literals that a secret's name stands for are `***`; lines stay lines.

    `PASSWORD: str = "…"`, `"api_key": "…"`, `login(token=("…" "…"))`, `get("TOKEN", "…")`, `Authorization: …`, and what
    a literal or a comment itself says: `"host=db password=…"`.
    """
    parts, at = [], 0
    while before := _BEFORE.search(code, at):
        parts.append(code[at : before.end()])
        at, between = before.end(), _LISTED if before["open"] else _BESIDE
        while literal := _STRING.match(code, at):
            quote, lines = literal["quote"], "\n" * literal[0].count("\n")
            begin, end = literal.end("quote") - at, len(literal[0]) - len(quote)
            parts.append(f"{literal[0][:begin]}{'***' if end > begin else ''}{lines}{quote}")
            after = between.match(code, literal.end())
            at = after.end() if after and _STRING.match(code, after.end()) else literal.end()
            parts.append(code[literal.end() : at])
    code = "".join([*parts, code[at:]])
    code = _SPOKEN.sub(lambda words: _SAID.sub(_hidden_said, words[0]), _SCHEME.sub(r"\1 ***", code))
    return _SHELL.sub(r"\1***", _HEADER.sub(r"\1***", code))
