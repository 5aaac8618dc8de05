"""What a scenario folder says, as typed data; `asgi_vs_wsgi.scenarios.scenario_files.reader` reads and checks one.

The bounds of everything a person may ask for, in one place for folders and options.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Literal, NamedTuple

from msgspec import UNSET, Struct, UnsetType, field

Arrivals = Literal["burst", "closed", "constant", "poisson", "recorded"]
"""When visitors come; `recorded` are those of a file of traffic, which no scenario's folder can name."""


class Limits(NamedTuple):
    """A whole number's smallest and largest allowed value."""

    low: int
    high: int

    def refuse(self, value: int) -> str:
        """Why `value` is refused, or nothing."""
        return "" if self.low <= value <= self.high else f"{value} is out of bounds"

    def __str__(self) -> str:
        return f"{self.low} to {self.high:,}"


REQUESTS = Limits(1, 1_000_000)
CONCURRENCY = Limits(1, 20_000)
WORKERS = Limits(1, 64)
THREADS = Limits(1, 1_024)
ROUNDS = Limits(1, 1_000)
SEED = Limits(0, 2**63 - 1)
PORT = Limits(1, 65_535)
MOST_CODE_BYTES = 256_000
"""Of a scenario.toml or a views.py: to parse and colour ten times as much takes seconds."""
MOST_LESSON_BYTES = 16_000_000
"""Of a lesson, which is kept with every run."""


def is_finite(value: int | float) -> bool:
    """Also for whole numbers that no float can hold."""
    return isinstance(value, int) or isfinite(value)


def refuse_quantity(value: float) -> str:
    """Why `value` is refused where something above 0 and finite is meant (a time, a rate), or nothing."""
    if value > LARGEST_QUANTITY and isfinite(value):
        return f"{value:g} is too large"
    return "" if isfinite(value) and value > 0 else f"{value:g} is not above 0 and finite"


LARGEST_QUANTITY = 1e11
"""Three years in milliseconds; what is reckoned from larger ones, in nanoseconds or as a sum, may have no room."""


EVERYBODY = "all"
"""The class of visitors where a scenario has none."""
LawName = Literal["one-per-worker", "one-per-thread", "all-at-once", "loop-held", "cpu-shared"]


class Parameter(Struct, frozen=True, forbid_unknown_fields=True):
    """A number that the views read and the user may set."""

    default: int | float
    min: int | float
    max: int | float
    help: str


class Load(Struct, frozen=True, forbid_unknown_fields=True):
    """Who comes when. Unused fields are None: `concurrency` belongs to closed, `rate` (per second) to open."""

    arrivals: Arrivals = "burst"
    requests: int | None = None
    concurrency: int | None = None
    rate: float | None = None
    duration_s: float | None = None
    seed: int = 1
    timeout_s: float = 60.0
    keep_alive: bool = False


class RecordedArrivals(Struct, frozen=True):
    """Who came when, as a file of traffic or a run tells it: an entry for each visitor, in the order of their times."""

    at_s: Sequence[float]
    """From the first one, which is at 0."""
    classes: Sequence[int]
    """Which of the scenario's classes of visitors each is of."""
    pages: Sequence[int]
    """Which of the paths of its class each asks for."""


Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Posted(Struct, frozen=True):
    """What is posted to a view, from a file of traffic: never saved, since it may hold what somebody has typed."""

    method: Method
    body: bytes
    content_type: str
    """Empty where there is no body."""
    visitors: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Headers of each visitor, with its cookies and its token; taken in turn. None: all send the same."""


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for; what is not said is as usual. `{n}` is the visitor's number, in all but bodies."""

    method: Method | None = None
    """GET, or POST where there is a body."""
    path: str | list[str] | None = None
    """Below that of the view; several are taken in turn."""
    query: dict[str, str | int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    body_file: str | None = None
    """In the folder."""
    body_bytes: int | None = None
    """So many, of no meaning."""
    multipart: dict[str, str | int] = field(default_factory=dict)
    """Names of fields to files of the folder, or to how many bytes of no meaning they hold."""


class Client(Request, frozen=True, forbid_unknown_fields=True):
    """What a class of visitors sends, and what it does beyond sending and reading at once; None: as usual."""

    send_for_ms: float | None = None
    """Sends its request in pieces over so long."""
    read_for_ms: float | None = None
    """Reads the answer in pieces, and no faster than it would take so long in all."""
    leave_after_ms: float | None = None
    """Hangs up so long after it connected, answer or not: its visit is `cancelled`."""


class Page(Request, frozen=True, forbid_unknown_fields=True):
    """One of several that a visitor asks for, one after another."""

    name: str = ""
    """By which a target's `views` may say of which view it is; of none: as its class."""
    expect: int | list[int] = []
    """As a class's; none: what the class expects."""


class Visitors(Struct, frozen=True, forbid_unknown_fields=True):
    """A class of visitors: a share of the scenario's load, or a load of its own that starts `after_s`."""

    name: str
    share: float | None = None
    load: Load | None = None
    after_s: float = 0.0
    client: Client | None = None
    expect: int | list[int] = []
    """As a target's; none: what the target expects."""
    pages: list[Page] = []
    """What each visitor asks for, one after another, with the cookies that it is given; none: one page."""
    think_ms: float | list[float] = 0.0
    """Between an answer and the next page; two numbers: the least and the most, drawn anew each time."""

    @property
    def think_s(self) -> tuple[float, float]:
        """The least and the most."""
        least, most = self.think_ms if isinstance(self.think_ms, list) else (self.think_ms, self.think_ms)
        return least / 1000, most / 1000


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """A claim: a figure of the target's result, and what is expected of it.

    `expected` is `OP NUMBER[UNIT]`, or `OP [NUMBER *] TARGET/FIGURE` for a ratio to another target of the run
    (`asgi_vs_wsgi.scenarios.assertions.claims`).
    """

    name: str
    quantity: str
    expected: str


EventKind = Literal["reload", "stop", "worker-stop", "pause", "resume"]


class PlannedEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the lab does to a server while its visitors come.

    `reload`: the product's own way of replacing all workers. `stop`: the whole server ends in order. `worker-stop`: one
    worker does. `pause` holds one worker still (SIGSTOP), `resume` lets it go on.
    """

    at_s: float
    """Since the first visitor."""
    do: EventKind
    targets: list[str] = []
    """By name; none: all."""

    def concerns(self, target: str) -> bool:
        """Whether it is to happen to the target of that name."""
        return not self.targets or target in self.targets


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """A server product that runs one of the scenario's views."""

    server: str
    view: str
    workers: int = 2
    threads: int = 1
    name: str = ""
    """Unique in its scenario; the server's name where the folder gives none."""
    law: LawName | None = None
    label: str = ""
    views: dict[str, str] = field(default_factory=dict)
    """Class of visitors to the view that it asks for; the others ask for `view`."""
    request: Request | None = None
    """What those who ask for `view` send, where their class does not say otherwise."""
    bare: bool = False
    """`view` is itself the WSGI or ASGI callable that the server runs: no Django."""
    django: dict[str, Any] = field(default_factory=dict)
    """Django settings, such as MIDDLEWARE."""
    database: dict[str, Any] = field(default_factory=dict)
    """Settings of Django's default database, such as CONN_MAX_AGE, added to those that lead there."""
    needs_database: Literal["", "postgresql"] = ""
    """Runs only where the database is of this kind; without it this target is left out."""
    options: dict[str, bool | int | float] = field(default_factory=dict)
    """Options of the server product, such as max_requests (`asgi_vs_wsgi.server_targets.servers`)."""
    checks: list[Check] = field(default_factory=list)
    failures_expected: bool = False
    """Failed requests and lost workers are the lesson here, not an accident."""
    gil: Literal["", "on", "off"] = ""
    """Of a free-threaded Python, which has none unless it is asked to; where a target is to have none and its Python
    cannot be without one, it is left out. Empty: as that Python has it."""
    python: str = ""
    """Another interpreter for its servers; relative to the folder, or a name on the PATH. Empty: the program's own."""
    expect: int | list[int] = []
    """The statuses that are its pages, such as 302; none: every 2xx. Others are answers, and no pages."""


def expected_statuses(toml: ScenarioToml, target: Target) -> dict[str, list[int]]:
    """Class of visitors to the statuses that it expects of this target; `all` are those who are of no class."""
    own = {EVERYBODY: target.expect} | {visitors.name: visitors.expect or target.expect for visitors in toml.visitors}
    return {name: [expect] if isinstance(expect, int) else expect for name, expect in own.items() if expect}


def page_expects(page: Page, visitors: Visitors, target: Target) -> list[int]:
    """The statuses that a page is answered with; none: every 2xx."""
    expect = page.expect or visitors.expect or target.expect
    return [expect] if isinstance(expect, int) else expect


class Predict(Struct, frozen=True, forbid_unknown_fields=True):
    """A question asked before the run; the run's own figures answer it."""

    question: str
    answers: list[str]
    right: int | None = None
    """The place of the right answer, counted from 0; None where that differs from run to run."""
    quantity: str = ""
    """The figure of each target's result that answers it: one of `asgi_vs_wsgi.scenarios.results.metrics.METRICS`."""


class Quiz(Struct, frozen=True, forbid_unknown_fields=True):
    """A question with one right answer, `right` counted from 0; `why` explains each answer in turn."""

    question: str
    answers: list[str]
    right: int
    why: list[str]


class Verdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What the comparison is about: a figure of a target's result (a class's is `classes.NAME.…`)."""

    metric: str = "latency_ms.p95"
    compare: list[str] = []
    """The targets that the scenario's question is about, by name; none: all. The others are shown beside them."""


class Suggestion(Struct, frozen=True, forbid_unknown_fields=True):
    """What the lesson tells to try: the changes that `run` would be told of, each as its option says it."""

    title: str
    targets: list[str] = []
    requests: int | None = None
    concurrency: int | None = None
    arrivals: str | None = None
    rate: float | None = None
    duration_s: float | None = None
    parameters: dict[str, int | float] = {}


class ScenarioToml(Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of scenario.toml."""

    title: str
    summary: str
    load: Load
    targets: list[Target]
    visitors: list[Visitors] = field(default_factory=list)
    """Classes of visitors; none: one class, `all`, which is the whole load."""
    events: list[PlannedEvent] = field(default_factory=list)
    lesson: list[str] = field(default_factory=list)
    """A group and a place in it (`asgi_vs_wsgi.scenarios.scenario_files.listing`): ["waiting", "first"]."""
    parameters: dict[str, Parameter] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)
    database: bool = False
    """Do the views use the database? Then the connections that the workers hold open are counted."""
    race: bool = False
    """May all targets run at once? Only while the work is waiting."""
    warm: bool = True
    """Is a server warmed up, and a lone request timed, before it is measured? False: for what shows only when cold."""
    predict: Predict | UnsetType = UNSET
    quiz: list[Quiz] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list, name="try")


class Scenario(Struct, frozen=True):
    """A checked scenario: its folder's name, its data and its lesson."""

    name: str
    folder: Path
    toml: ScenarioToml
    lesson_md: str
    views_py: str = ""
    """The source of its views, to be read by people."""
    toml_text: str = ""
    """What `toml` was read from."""
    modules: dict[str, bytes] = {}
    """Its Python files as they were read, views.py among them: what servers import
    (`scenarios.scenario_files.source_files`); and the files that its visitors send."""
    paths: dict[str, tuple[str, ...]] = {}
    """View to the paths that it is asked by in turn, where they are not ours: of a project of the user's own."""
    headers: dict[str, str] = {}
    """What all visitors send; `Host` in place of ours."""
    posted: dict[str, Posted] = {}
    """By view, what is posted to it."""
    recorded: RecordedArrivals | None = None
    """Of a file of traffic, for a load with such arrivals."""
