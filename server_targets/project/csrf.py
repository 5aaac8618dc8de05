"""The token that Django's CSRF check wants of who posts, as a browser comes by it: from a page that gives one.

A page that carries a form has it in a hidden field; one that only sets the cookie has it there (`CSRF_USE_SESSIONS`
keeps it in the session, whose cookie is then the one that counts). A visitor sends back the cookies that it was given,
and the token as a header, as scripts in pages do: Django takes it from there where a form's body has no field for it.
"""

from __future__ import annotations

from html.parser import HTMLParser
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asgi_vs_wsgi.server_targets.project.visit import Visitor

FIELD = "csrfmiddlewaretoken"
_WITHIN_S = 10.0


def new_token(visitor: Visitor, pages: list[str], headers: list[list[str]]) -> dict[str, Any] | None:
    """Of a visitor who has none yet: `cookies` that were set, the `header` to send, its `value`, the `page`.

    None where none of the pages gives one. `headers` are sent with each; a token among their cookies is not.
    """
    from django.conf import settings

    name = settings.CSRF_COOKIE_NAME
    headers = [[each, _without(value, name) if each.lower() == "cookie" else value] for each, value in headers]
    header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-").title()
    for page in pages:
        asked = {"path": page, "method": "GET", "headers": headers, "within_s": _WITHIN_S}
        html, set_cookies = visitor.page_and_cookies(asked)
        cookies = _cookies(set_cookies)
        value = _field(html) or cookies.get(name, "")
        if value and value.isalnum():
            return {"cookies": cookies, "header": header, "value": value, "page": page}
    return None


def _without(cookies: str, name: str) -> str:
    return "; ".join(each for part in cookies.split(";") if (each := part.strip()).partition("=")[0] != name)


def _cookies(lines: list[str]) -> dict[str, str]:
    """Name to value as it is sent back; of those that are not taken away by being set."""
    found: dict[str, str] = {}
    for line in lines:
        cookie: SimpleCookie = SimpleCookie()
        try:
            cookie.load(line)
        except CookieError:
            continue
        found.update({name: each.coded_value for name, each in cookie.items() if each["max-age"] not in ("0", 0)})
    return found


class _Field(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.value = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag == "input" and named.get("name") == FIELD:
            self.value = self.value or named.get("value") or ""


def _field(html: str) -> str:
    parser = _Field()
    parser.feed(html)
    return parser.value
