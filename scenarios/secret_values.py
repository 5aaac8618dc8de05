"""What is called a secret, and texts without it: a path, the words of an exception.

One list of names serves what is saved and what is shown. A value is hidden for its name, never for its looks: a page or
a file goes to more people than the code does, and a harmless value hidden is the smaller harm.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

from asgi_vs_wsgi.scenarios.untrusted_text import hide_passwords_in

HIDDEN = "not saved"
_SHORT = r"JWT|PWD|SAML|HMAC|(?<![A-Z])(?:SIG|SID|OTP|PW|PIN|SALT|O?AUTH)(?![A-Z_-])"
"""What is called so in short; neither `author` nor `AUTH_USER_MODEL`."""
SECRET_NAME = re.compile(f"API|TOKEN|KEY|SECRET|PASS|SIGNATURE|CREDENTIAL|{_SHORT}", re.IGNORECASE)
"""What Django's own reports hide (django.views.debug.SafeExceptionReporterFilter), credentials, and short names."""
SENT_SECRET_NAME = re.compile(f"{SECRET_NAME.pattern}|AUTHORIZATION|SESSION|COOKIE(?!S)", re.IGNORECASE)
"""The same of what visitors send; the table `cookies` has names of its own."""
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#]*)=([^&;#]+)")
FIELD = r"\{\w[^{}\n]{0,80}\}"
"""Of an f-string: with quotes and brackets of its own, which go with it or the rest would be no Python."""
_PARAMETER_IN_TEXT = re.compile(rf"(?<=[?&])([^=&\s\"'`<>]*)=((?:{FIELD}|[^&\s\"'`<>])+)")


@lru_cache(maxsize=4096)
def without_secret_values(path: str) -> str:
    """A path as it is handed on: in its query, the value of what is called a secret, or has one in it, is HIDDEN."""
    path = _PARAMETER.sub(_hidden_value, path)
    return hide_passwords_in(path) if "://" in path else path


def _hidden_value(each: re.Match[str]) -> str:
    secret = SENT_SECRET_NAME.search(unquote(each[1])) or _says_a_secret(each[2])
    return f"{each[1]}={HIDDEN.replace(' ', '-')}" if secret else each[0]


def _says_a_secret(value: str) -> bool:
    """`next=/reset?token=…`, a URL with a password, JSON; each as it is, or escaped once or twice."""
    for _ in range(3):
        if SAID.search(value) or hide_passwords_in(value) != value or _names_a_secret(value):
            return True
        escaped, value = value, unquote_plus(value)
        if escaped == value:
            return False
    return False


def _names_a_secret(value: str) -> bool:
    return any(SENT_SECRET_NAME.search(each[1]) for each in _PARAMETER.finditer(value))


_USER_ALONE = re.compile(r"""(https?://)[^/\s:@"'`<>{}]+(?=@)""", re.IGNORECASE)
"""Of such a URL it is a token."""
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?!-----|\"\"\"|''').)*(?:-----END [A-Z ]+-----)?", re.DOTALL
)


def without_passwords_and_tokens(text: str) -> str:
    """Any text without the passwords of its URLs, the secrets of their queries and private keys; lines stay lines."""
    if "://" in text:
        text = _USER_ALONE.sub(r"\1***", text)
    text = hide_passwords_in(text) if ":" in text or "=" in text else text
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(lambda key: "***" + "\n" * key[0].count("\n"), text)
    return _PARAMETER_IN_TEXT.sub(_hidden_value, text) if "=" in text else text


_SAID_NAME = r"""(?:pass(?:word|wd|phrase|code)|pwd|secret(?:[_ -]?key)?|(?:api|access|private|secret)[_ -]?key
    |token|jwt|authorization|credentials?|session(?:[_-]?id)?|(?:pass|signature)(?=\s?=))(?:[ ](?:provided|given))?"""
_SCHEMES = r"(?:(?:Bearer|Basic|Digest|Token)\s+)"
SAID = re.compile(
    rf"""({_SAID_NAME}\\?["']?(?:\s{{0,3}}(?:[=:]|,(?=\s{{0,3}}b?\\?["']))\s{{0,3}}{_SCHEMES}?
          |(?:\s(?:is|was|must|not|be)){{0,3}}\s(?=b?\\?["']))(?:[A-Za-z_]{{0,20}}\(\s?(?=b?\\?["']))?(?:[bru](?=\\?["']))?
       | \b(?:Bearer|Basic|Digest)\s(?=\S{{16}}) | \s(?:-u|--user)\s+[^\s:]+:
       | (?<!\S)--(?:password|token|secret|api-key)\s+)
    (?!(?:\w+\s+)?\*\*\*|{HIDDEN.replace(" ", "-")}\b|[{{%<])
    (?:(\\?["'])(?:{FIELD}|[^"'\n\\])+|(?:{FIELD}|[^\s,;&"'<>)}}\]\\])+)""",
    re.IGNORECASE | re.VERBOSE,
)
"""`password=…`, `token: …`, `with password '…'`, `('Authorization', b'…')`, `curl -u me:…`, as sentences and connection
strings have it."""
_COOKIES = re.compile(
    r"""((?:set-)?cookie\\?["']?\s{0,3}[:=,]\s{0,3}b?\\?["']?)(?![\s{%<*"'])[^"'\n\\]+""", re.IGNORECASE
)
"""All of such a header: names of cookies are anybody's."""


def hidden_said(each: re.Match[str]) -> str:
    """Of a match of SAID."""
    return f"{each[1]}{each[2] or ''}***"


def without_secrets_in_words(text: str) -> str:
    """What somebody's program says: an exception, a title. Of code, the values would be names of variables."""
    return SAID.sub(hidden_said, _COOKIES.sub(r"\1***", without_passwords_and_tokens(text)))
