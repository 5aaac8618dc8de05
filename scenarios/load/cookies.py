"""The cookies that one visitor has been given, kept as a browser keeps them for one host without TLS (RFC 6265)."""

from __future__ import annotations

from contextlib import suppress
from time import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 180
"""Of one visitor, as browsers allow a site; the oldest go."""


class CookieJar:
    """Of one visitor; `host` is the address that it asks."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}
        """(name, path) to value and when it ends."""

    def take(self, set_cookies: Iterable[bytes], path: str) -> None:
        """What an answer to a request for `path` sets, or takes away."""
        for line in set_cookies:
            self._take(line.decode("latin-1"), path)

    def _take(self, line: str, asked: str) -> None:
        pair, *rest = line.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        said = {key.strip().lower(): told.strip() for key, _, told in (part.partition("=") for part in rest)}
        if not equals or not name or "secure" in said or said.get("domain", self._host).lstrip(".") != self._host:
            return  # what is for TLS, or for another host, is never sent here
        path = said.get("path", "")
        key = (name, path if path.startswith("/") else _folder(asked))
        ends_s = _ends_s(said)
        self._kept.pop(key, None)
        if ends_s > time():
            self._kept[key] = value, ends_s
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]

    def header(self, path: str, own: str = "") -> bytes:
        """The value of the header for a request for `path`; of two of one name the `own` of the request is sent."""
        now_s = time()
        names = {part.partition("=")[0].strip() for part in own.split(";")}
        sent = [
            (name, value, of)
            for (name, of), (value, ends_s) in self._kept.items()
            if name not in names and ends_s > now_s and _matches(path, of)
        ]
        sent.sort(key=lambda each: -len(each[2]))  # the longest path first; else in the order in which they were set
        pairs = [f"{name}={value}" for name, value, _ in sent]
        return "; ".join([*([own] if own else []), *pairs]).encode("latin-1")


def _ends_s(said: dict[str, str]) -> float:
    """By the clock of the day; a cookie without an end lives as long as its visitor."""
    with suppress(ValueError):
        return time() + int(said["max-age"]) if "max-age" in said else _expires_s(said)
    return _expires_s(said)


def _expires_s(said: dict[str, str]) -> float:
    if "expires" not in said:
        return float("inf")
    from email.utils import parsedate_to_datetime  # a driver without such visitors starts without it

    with suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(said["expires"]).timestamp()
    return float("inf")


def _folder(path: str) -> str:
    """The path of a cookie that names none."""
    return path.rpartition("/")[0] or "/"


def _matches(path: str, of: str) -> bool:
    return path == of or path.startswith(of if of.endswith("/") else f"{of}/")
