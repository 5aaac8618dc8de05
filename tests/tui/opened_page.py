"""A page of a run as a browser and a reader take it: its elements, its tables, and its lanes unpacked."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import accumulate
from typing import Any, NamedTuple

from made_result import made_result
from made_traces import on_loops, on_threads
from saved_runs import FOLDER

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, saved_run
from asgi_vs_wsgi.tui.html_report.lane_pack import ROLES
from asgi_vs_wsgi.tui.html_report.page import report_page


class Bar(NamedTuple):
    """Whose it is, (role, from, to) of its pieces, and when an answer's pieces came, in ns since the target's start."""

    number: int
    pieces: list[tuple[int, int, int]]
    ticks: list[int]


class Page(HTMLParser):
    """Every element with its attributes, every text, and by the heading before it the cells of every table, as read."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._open: list[str] = []
        self._heading = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "input", "br"):
            self._open.append(tag)
        if tag == "h2":
            self._heading = ""
        if tag == "table":
            self.tables[self._heading] = []
        if tag == "tr":
            self.tables[self._heading].append([])
        if tag in ("th", "td"):
            self.tables[self._heading][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        self.texts.append((inside, data))
        if inside == "h2":
            self._heading += data
        if inside in ("th", "td"):
            self.tables[self._heading][-1][-1] += data.replace("\N{NO-BREAK SPACE}", " ")

    @property
    def words(self) -> str:
        """What is read, without style and script."""
        return "".join(text for inside, text in self.texts if inside not in ("style", "script"))

    @property
    def pack(self) -> Pack:
        """Its lanes."""
        text = next(text for inside, text in self.texts if inside == "script")
        return Pack(zlib.decompress(base64.b64decode(text)))


class Pack:
    """The columns read again, by the words of their description."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        size = int.from_bytes(raw[:4], "little")
        self.head = json.loads(raw[4 : 4 + size])
        self._at = 4 + size
        self.rows: list[list[tuple[dict[str, Any], Any]]] = [
            [(row, self._row(row)) for row in target["rows"]] for target in self.head["targets"]
        ]
        self.stories = [self._take(size).decode().split("\n") for size in self.head["stories"]]
        assert self._at == len(raw), "nothing is left over"

    def _take(self, size: int) -> bytes:
        self._at += size
        return self.raw[self._at - size : self._at]

    def _row(self, row: dict[str, Any]) -> Any:
        columns = [self._take(size) for size in row["columns"]]
        if row["kind"] in ("bars", "loop", "beside"):
            return list(self._bars(*columns))
        if row["kind"] == "count":
            return self._counts(columns[0])
        return columns

    def _bars(self, gap: bytes, who: bytes, pieces: bytes, role: bytes, length: bytes, ticks: bytes) -> Iterator[Bar]:
        unit, at, number = self.head["unit_ns"], 0, 0
        ticked = self._ticks(list(numbers(ticks)))
        roles, lengths = iter(role), numbers(length)
        for bar, (gap_, who_, many) in enumerate(zip(numbers(gap), numbers(who), numbers(pieces), strict=True)):
            at, number, told = at + signed(gap_), number + signed(who_), []
            for _ in range(many):
                took = next(lengths)
                told.append((ROLES[next(roles)], at * unit, (at + took) * unit))
                at += took
            yield Bar(number, told, ticked.get(bar, []))

    def _ticks(self, told: list[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        while told:
            bar, many, *told = told
            found[bar] = [at * self.head["unit_ns"] for at in accumulate(told[:many])]
            told = told[many:]
        return found

    def _counts(self, changes: bytes) -> list[tuple[int, int]]:
        """(from when, how many)"""
        at = count = 0
        told = []
        for change in numbers(changes):
            at, count = at + (change >> 1), count + (1 if change & 1 else -1)
            told.append((at * self.head["unit_ns"], count))
        return told


def numbers(data: bytes) -> Iterator[int]:
    """Of varints."""
    value = shift = 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def signed(number: int) -> int:
    """Of zigzag."""
    return number >> 1 if number % 2 == 0 else -(number + 1 >> 1)


@cache
def recorded(name: str) -> SavedRun:
    return read_run(FOLDER / f"{name}.avw")


@cache
def page(name: str) -> Page:
    return Page(report_page(recorded(name)))


def made() -> SavedRun:
    return saved_run(load_catalog().find("slow-io"), Outcome(made_result(), [on_threads(4), on_loops(4)]))
