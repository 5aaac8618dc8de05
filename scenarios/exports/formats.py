"""The formats that a run can be exported to, told by the ending of a file's name; a new one is a line of FORMATS."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.exports.chrome_trace import chrome_trace
from asgi_vs_wsgi.scenarios.exports.har import har, page_har
from asgi_vs_wsgi.scenarios.exports.load_tools import hgrm, requests_csv, vegeta
from asgi_vs_wsgi.scenarios.exports.otlp import otlp
from asgi_vs_wsgi.scenarios.exports.page_trace import page_trace
from asgi_vs_wsgi.scenarios.exports.perfetto import perfetto
from asgi_vs_wsgi.scenarios.exports.run_timeline import Tell, timeline_of
from asgi_vs_wsgi.scenarios.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.exports.timeline import Timeline
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace


@dataclass(frozen=True)
class Source:
    """A run to be exported, or some of its targets."""

    run: SavedRun
    traces: Sequence[TargetTrace]
    """Decoded."""
    saved_ns: int
    """When its file was written; 0: it has none."""
    title: str
    tell: Tell
    """To be told how far it is."""

    @cached_property
    def timeline(self) -> Timeline:
        """As encoders see it."""
        return timeline_of(self.run, self.traces, saved_ns=self.saved_ns, title=self.title, tell=self.tell)


OfBrowser = Literal["requests", "trace"]
"""What it asked for while it measured; what it recorded of a visit more."""


class Format(NamedTuple):
    """One kind of file."""

    ending: str
    """`.har`; `--format` takes it without its dot."""
    opens_in: str
    """For people: which tools read it."""
    parts: Callable[[Source], Iterable[bytes]]
    """The file, piece by piece."""
    of_browser: OfBrowser | None = None
    """What of a real browser it is of, which few runs have."""
    one_target: bool = False
    """Whether there is no room in it for more."""
    draws: bool = False
    """Whether it shows states over time, and not figures alone."""
    tells_itself: bool = False
    """Whether what is missing is told in the file, in words, and need not be told beside it."""
    also: tuple[str, ...] = ()
    """Other endings that a file of it may have."""

    @property
    def name(self) -> str:
        """For `--format`."""
        return self.ending.removeprefix(".")


def encoded(encoder: Callable[[Timeline], Iterator[bytes]]) -> Callable[[Source], Iterable[bytes]]:
    """An encoder that needs nothing but the timeline."""
    return lambda source: encoder(source.timeline)


FORMATS: tuple[Format, ...] = (
    Format(".har", "the Network panel of a browser's DevTools", encoded(har)),
    Format(".page.har", "the same, of what a real browser asked for", encoded(page_har), of_browser="requests"),
    Format(".pftrace", "ui.perfetto.dev", encoded(perfetto), draws=True),
    Format(".trace.json", "DevTools' Performance panel, and vizviewer", encoded(chrome_trace), draws=True),
    Format(
        ".page.trace.json",
        "the same, of what a browser recorded of a page",
        encoded(page_trace),
        of_browser="trace",
        one_target=True,
    ),
    Format(".csv", "pandas, DuckDB and spreadsheets", encoded(requests_csv)),
    Format(".vegeta.json", "vegeta report, plot and encode", encoded(vegeta)),
    Format(".hgrm", "HdrHistogram's plotter and hdr-plot", encoded(hgrm), one_target=True),
    Format(".otlp.jsonl", "collectors of OpenTelemetry's traces, Jaeger and Tempo", encoded(otlp), draws=True),
)


def format_named(name: str, formats: Sequence[Format] = FORMATS) -> Format:
    """What `--format` says; BadInput with a guess."""
    found = next((each for each in formats if each.name == name.removeprefix(".").lower()), None)
    return found or _refuse(f"--format {name}: there is no such format", name, formats)


def format_of(file_name: str, formats: Sequence[Format] = FORMATS) -> Format:
    """What the longest ending of the name says; BadInput with a guess."""
    lower = file_name.lower()
    found = [each for each in formats if lower.endswith((each.ending, *each.also))]
    if found:
        return max(found, key=lambda each: len(each.ending))
    return _refuse(f"-o {file_name}: its ending tells no format", lower.partition(".")[2] or lower, formats)


def _refuse(what: str, typed: str, formats: Sequence[Format]) -> Format:
    names = [each.name for each in formats]
    tail = typed.rpartition(".")[2]
    close = get_close_matches(typed, names, 1, 0.5) or get_close_matches(tail, names, 1, 0.5)
    close = close or [name for name in names if tail and tail in name.split(".")][:1]
    known = f"known are {listed(each.ending for each in formats)}"
    raise BadInput(what, hint=f"did you mean .{close[0]}? {known}" if close else known)
