"""What a look at a project has found, checked and typed, and what of it a team should know before any run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct, field, structs

from asgi_vs_wsgi.scenarios.project.findings.finding import Findings
from asgi_vs_wsgi.scenarios.wording import count, listed
from asgi_vs_wsgi.server_targets.project.middleware_chain import CLOSE, TEMPLATE, VIEW

SCHEMA = "asgi-vs-wsgi-tui/project/1"


class ProjectPage(Struct, frozen=True):
    """A URL pattern and what answers it."""

    pattern: str
    view: str
    kind: str
    is_async: bool
    streams: bool
    needs_login: bool
    file: str
    line: int
    own: bool
    """Whether the view's code is the project's, and not a library's."""
    hops_forecast: int
    path: str | None = None
    url_name: str | None = None
    hops_by_name: dict[str, int] = field(default_factory=dict)
    """The forecast under who asks for the crossing: a middleware, or Django itself."""


class ProjectMiddleware(Struct, frozen=True):
    """One of the setting MIDDLEWARE, as it is used under ASGI."""

    name: str
    kind: str
    used: bool
    on_loop: bool
    hops: int
    template_hops: int
    counted: bool
    breaks: bool
    runs_as: str = ""
    """The class or function that crossings into it are named by."""
    view_hops: int = 0
    """Of `hops`, its sync `process_view`."""


class ProjectDatabase(Struct, frozen=True):
    """An entry of DATABASES, without who logs in."""

    engine: str | None = None
    vendor: str | None = None
    """What is behind the engine: `sqlite`, `postgresql`, `mysql`, `oracle`; None where that does not import."""
    name: Any = None
    host: Any = None
    port: Any = None
    conn_max_age: Any = 0
    atomic_requests: Any = False


class DatabaseLogin(Struct, frozen=True):
    """Who logs in to a database, for whoever copies it. No document and no log tells it."""

    user: Any = None
    password: Any = None
    options: Any = None

    def __repr__(self) -> str:
        return "DatabaseLogin()"


class OwnFile(Struct, frozen=True):
    """A file of the project's own code, and the module that it is."""

    file: str
    module: str


class CalledByDjango(Struct, frozen=True):
    """A middleware, a context processor or a signal's receiver."""

    role: str
    name: str
    file: str
    line: int
    signals: list[str] = field(default_factory=list)


class ProjectSources(Struct, frozen=True):
    """Where its own code is; no document tells it."""

    files: list[OwnFile] = field(default_factory=list)
    left: int = 0
    cut_short: bool = False
    called: list[CalledByDjango] = field(default_factory=list)
    session_engine: str = ""
    template_folders: list[str] = field(default_factory=list)
    template_libraries: dict[str, str] = field(default_factory=dict)
    """What `load` knows, and the module of each."""


class ProjectLook(Struct, frozen=True):
    """All of it."""

    python: str
    gil: bool
    versions: dict[str, str]
    settings: str
    debug: bool
    databases: dict[str, ProjectDatabase]
    caches: dict[str, Any]
    middleware: list[ProjectMiddleware]
    hops_counted: bool
    pages: list[ProjectPage]
    wsgi: str
    asgi: str
    logins: dict[str, DatabaseLogin] = field(default_factory=dict)
    allowed_hosts: list[str] = field(default_factory=list)
    ssl_redirect: bool = False
    ssl_header: list[str] = field(default_factory=list)
    """The setting SECURE_PROXY_SSL_HEADER: by which header, and which value, a request counts as HTTPS."""
    threads: list[str] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    files_written: list[str] = field(default_factory=list)
    sources: ProjectSources = field(default_factory=ProjectSources)
    findings: Findings | None = None
    """None where nobody has looked for any."""


def warnings(look: ProjectLook) -> list[str]:
    """Sentences, each on something that the look has found."""
    told = []
    if look.debug:
        told.append("DEBUG is on: every query is kept in memory, and times are not those of production")
    for alias, database in look.databases.items():
        if keeps_connections(database):
            told.append(
                f"database {alias} has CONN_MAX_AGE = {database.conn_max_age}: kept connections belong to threads, and "
                "under ASGI every request has a thread of its own, so they are opened anew and left open"
            )
        if database.atomic_requests:
            told.append(f"database {alias} has ATOMIC_REQUESTS: async views are refused by Django")
    told += [
        f"{each.name} is sync alone: under ASGI each request waits in a thread for what is inside it"
        for each in look.middleware
        if each.breaks
    ]
    if look.watchers:
        whose = listed(look.watchers)
        told.append(f"{whose} is loaded: where it is set up, it reports requests to somebody, and those of a test too")
    if look.threads:
        told.append(f"importing the project starts {count(len(look.threads), 'thread')}: {listed(look.threads)}")
    if look.files_written:
        files = listed(look.files_written[:3]) + _more(look.files_written[3:])
        told.append(f"importing the project opens for writing, makes or removes {files}")
    return told


def as_answered(
    page: ProjectPage, middleware: list[ProjectMiddleware], *, rendered: bool, answered_by: str = ""
) -> ProjectPage:
    """With the forecast of how it has answered, whatever the view's code names.

    `rendered`: by Django, after the view; a form is a TemplateResponse when it is asked for, and mostly a redirect when
    it is posted. `answered_by`: the middleware whose `process_view` has answered, after which neither the view nor the
    `process_view` of any further in was asked.
    """
    hops = Counter(page.hops_by_name)
    change = int(rendered) - hops[TEMPLATE]
    for each in middleware:
        hops[each.name] += change * each.template_hops
    if answered_by:
        del hops[VIEW]
        names = [each.runs_as for each in middleware]
        further_in = middleware[names.index(answered_by) + 1 :] if answered_by in names else []
        for each in further_in:
            hops[each.name] -= each.view_hops
    closing = hops.pop(CLOSE, 0)
    hops[TEMPLATE] += change
    by_name = {name: times for name, times in {**hops, CLOSE: closing}.items() if times}
    return structs.replace(page, hops_forecast=sum(by_name.values()), hops_by_name=by_name)


def keeps_connections(database: ProjectDatabase) -> bool:
    """Whether it holds a connection for longer than a request."""
    age = database.conn_max_age
    return age is None or (isinstance(age, (int, float)) and age > 0)


def _more(rest: list[str]) -> str:
    return f" and {count(len(rest), 'more file')}" if rest else ""


def document(look: ProjectLook) -> dict[str, Any]:
    """As `project --look --json` tells it; what is not looked for yet is null, not empty."""
    return {
        "schema": SCHEMA,
        "python": look.python,
        "gil": look.gil,
        "django": look.versions.get("django"),
        "versions": look.versions,
        "settings": look.settings,
        "debug": look.debug,
        "wsgi": look.wsgi,
        "asgi": look.asgi,
        "databases": [{"alias": alias, **msgspec.to_builtins(each)} for alias, each in look.databases.items()],
        "caches": look.caches,
        "middleware": [msgspec.to_builtins(each) for each in look.middleware],
        "hops_are_least": not look.hops_counted,
        "pages": [
            {
                **{name: getattr(page, name) for name in ("path", "pattern", "url_name", "view", "kind")},
                "where": where(page),
                "async": page.is_async,
                "streams": page.streams,
                "needs_login": page.needs_login,
                "own": page.own,
                "hops_forecast": page.hops_forecast,
                "hops_by_name": page.hops_by_name,
            }
            for page in look.pages
        ],
        "threads": look.threads,
        "files_written": look.files_written,
        "warnings": warnings(look),
        "findings": None if look.findings is None else msgspec.to_builtins(look.findings.places),
        "findings_read": None if look.findings is None else msgspec.to_builtins(look.findings.read),
    }


def where(page: ProjectPage) -> str | None:
    """`shop/views.py:12 page`; None where there is no source."""
    return f"{page.file}:{page.line} {page.view.rpartition('.')[2]}" if page.file else None
