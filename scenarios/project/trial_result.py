"""What a trial of a project's pages has found, typed: what each answers and does, and which of them a run may take."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook, ProjectPage, as_answered, document, where
from asgi_vs_wsgi.scenarios.project.traffic import plain_path
from asgi_vs_wsgi.scenarios.wording import count, listed, megabytes, seconds

_MOST_NAMED = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_LOGINS = ("login", "signin", "sign-in", "sign_in", "log-in")


class PageError(Struct, frozen=True):
    """What code of the project has raised."""

    type: str
    words: str
    where: str
    """`books/views.py:12 index`: the innermost line of the project's own; empty where there is none."""

    def __str__(self) -> str:
        return f"{self.type}: {self.words}" + (f" ({self.where})" if self.where else "")


class Effects(Struct, frozen=True):
    """What it does beside answering, each with how many times."""

    queries: int = 0
    database_ms: float = 0.0
    writes: dict[str, int] = field(default_factory=dict)
    """By table."""
    files: dict[str, int] = field(default_factory=dict)
    """Opened for writing, made or removed."""
    outside: dict[str, int] = field(default_factory=dict)
    """Hosts that were looked up or connected to, which are not this machine."""
    local: dict[str, int] = field(default_factory=dict)
    """Services of this machine that were connected to; the database's own library is not heard of."""
    processes: dict[str, int] = field(default_factory=dict)


class Visit(Struct, frozen=True):
    """One answer."""

    status: int
    """0 where there was none."""
    ms: float
    cpu_ms: float = 0.0
    bytes: int = 0
    whole: bool = True
    """Whether the body came to its end while anybody would wait for it."""
    content_type: str = ""
    location: str = ""
    location_here: list[str] = field(default_factory=list)
    """Where it is redirected to, as a path of this host."""
    links: list[str] = field(default_factory=list)
    error: PageError | None = None
    rendered: bool | None = None
    """Whether Django has rendered the answer after the view (TemplateResponse); None where it was not come to that."""
    answered_by: str = ""
    """The middleware that has answered in the place of the view, mostly with a login; empty for the view."""
    effects: Effects = field(default_factory=Effects)
    mails: int = 0
    ended: str = ""
    """How it has ended the process or was ended with it; empty where it has answered."""


class TriedPage(Struct, frozen=True):
    """A page, its answers, and whether a run may take it."""

    path: str
    """Of one that is posted to, `POST /path`."""
    method: str
    found: str
    """`listed`, `asked`, `seen` in a file of traffic, or the page that names it."""
    visits: list[Visit]
    page: ProjectPage | None
    """The pattern that answers it; None where none does."""
    why: str = ""
    """Why a run leaves it out; empty where it does not."""

    @property
    def chosen(self) -> bool:
        """Whether a run may take it."""
        return not self.why

    @property
    def last(self) -> Visit:
        """The visit that tells what it costs: the first one pays for what is done once."""
        return self.visits[-1]

    @property
    def ms(self) -> float:
        """Of that visit."""
        return self.last.ms

    def most(self, effect: str) -> dict[str, int]:
        """An effect by name, of both visits: how many times the visit did it that did it most."""
        told: dict[str, int] = {}
        for visit in self.visits:
            for name, times in getattr(visit.effects, effect).items():
                told[name] = max(times, told.get(name, 0))
        return told


class LeftOut(Struct, frozen=True):
    """A page that was not asked for."""

    path: str
    view: str
    why: str


class ProjectTrial(Struct, frozen=True):
    """All of it."""

    look: ProjectLook
    pages: list[TriedPage]
    left_out: list[LeftOut]
    host: str
    user: str
    """Whose session the pages were asked with; empty for nobody's."""
    databases: dict[str, str]
    """By alias, what stood for it."""
    notes: list[str]
    """Sentences on what is to be known before a run."""
    changed_files: list[str]
    """In the project's folder, from before the trial to after it, whoever has changed them."""

    @property
    def chosen(self) -> list[TriedPage]:
        """The pages that a run may take."""
        return [page for page in self.pages if page.chosen]


class Allowed(Struct, frozen=True):
    """What pages may do and still be taken."""

    writes: bool = False
    network: bool = False


def page_as_tried(look: ProjectLook, page: ProjectPage | None, visit: Visit) -> ProjectPage | None:
    """The pattern, with the hops of how it has answered that visit, as far as that is known."""
    if page is None or visit.rendered is None:
        return page
    return as_answered(page, look.middleware, rendered=visit.rendered, answered_by=visit.answered_by)


def reason_against(
    visits: list[Visit], login: str, sessions_table: str, allowed: Allowed, *, posts: bool = False
) -> str:
    """Why a run leaves a page out that has answered so; empty where it does not.

    A row in the table of sessions is left by every visitor without a cookie: that alone keeps no page from a run on a
    copy, which is where the table is named. What is posted may be answered by a redirect: that is how forms end.
    """
    answers = next((why for visit in visits if (why := _no_answer(visit, login, posts))), "")
    effects = _against_effects(visits, sessions_table, allowed)
    fails = any(visit.error for visit in visits)  # it may be what was refused that it fails by
    return (effects or answers) if fails else (answers or effects)


def _no_answer(visit: Visit, login: str, posts: bool) -> str:
    """Why it is no page that can be measured."""
    if visit.ended:
        return visit.ended
    if not visit.whole:
        so_far = f"{seconds(visit.ms / 1000)} and {megabytes(visit.bytes / 1e6)}"
        return f"has no end, or a far one: after {so_far} it still sends"
    if visit.status in _REDIRECTS:
        path = visit.location.partition("?")[0]
        is_login = path == login or any(word in path.lower() for word in _LOGINS)
        if is_login:
            return f"redirects to a login, {path}: --as USER"
        return "" if posts and visit.error is None else f"redirects to {visit.location}"
    if visit.error is not None:
        return f"{_failing(visit)} {visit.error}"
    if visit.status == 0:
        return "gives no answer"
    wants_login = ", wants a login: --as USER, --header" if visit.status == 401 else ""
    return "" if 200 <= visit.status < 300 else f"answers {visit.status}{wants_login}"


def _failing(visit: Visit) -> str:
    if 200 <= visit.status < 300:
        return f"breaks off after {count(visit.bytes, 'byte')},"
    return f"answers {visit.status}," if visit.status else "raises"


def _against_effects(visits: list[Visit], sessions_table: str, allowed: Allowed) -> str:
    def all_of(effect: str) -> list[str]:
        return list(dict.fromkeys(name for visit in visits for name in getattr(visit.effects, effect)))

    tables = [table for table in all_of("writes") if table != sessions_table]
    for is_allowed, option, words, things in (
        (allowed.network, "--allow-network", "calls outside:", all_of("outside")),
        (allowed.writes, "--allow-writes", "writes files:", all_of("files")),
        (allowed.writes, "--allow-writes", "starts", all_of("processes")),
        (allowed.writes, "--allow-writes", "writes to", tables),
    ):
        if things and not is_allowed:
            more = f" and {len(things) - _MOST_NAMED} more" if things[_MOST_NAMED:] else ""
            return f"{words} {listed(things[:_MOST_NAMED])}{more} ({option})"
    return ""


def trial_document(trial: ProjectTrial) -> dict[str, Any]:
    """As `project --try --json` tells it: the look, with what was tried of each page; null where it was not tried."""
    told = document(trial.look)
    tried: dict[str | None, dict[str, Any]] = {
        each.path: {**_tried(each), **_hops_keys(each.page)} for each in trial.pages if each.method == "GET"
    }
    nothing = dict.fromkeys(_tried_keys())
    left_out: dict[str | None, str] = {each.path: each.why for each in trial.left_out}
    left_out[None] = "takes arguments: --page PATH"
    listed_paths = {page["path"] for page in told["pages"]}
    pages = [
        {**page, **nothing, **tried.get(page["path"], {"chosen": False, "why": left_out.get(page["path"])})}
        for page in told["pages"]
    ]
    pages += [
        {**_look_keys(each), **_tried(each)}
        for each in trial.pages
        if each.path not in listed_paths or each.method != "GET"
    ]
    return {
        **told,
        "pages": pages,
        "host": trial.host,
        "user": trial.user or None,
        "databases_used": trial.databases,
        "notes": trial.notes,
        "files_changed": trial.changed_files,
    }


def _tried(tried: TriedPage) -> dict[str, Any]:
    last = tried.last
    error = next((visit.error for visit in tried.visits if visit.error), None)
    return {
        "method": tried.method,
        "found": tried.found,
        "status": last.status or None,
        "ms": round(last.ms, 2),
        "first_ms": round(tried.visits[0].ms, 2),
        "cpu_ms": round(last.cpu_ms, 2),
        "queries": last.effects.queries,
        "database_ms": round(last.effects.database_ms, 2),
        "bytes": last.bytes,
        "content_type": last.content_type,
        "location": last.location or None,
        "error": str(error) if error else None,
        "writes": tried.most("writes"),
        "outside": [*tried.most("outside")],
        "local": [*tried.most("local")],
        "files_written": [*tried.most("files")],
        "processes": tried.most("processes"),
        "mails": max(visit.mails for visit in tried.visits),
        "answered_by": last.answered_by or None,
        "chosen": tried.chosen,
        "why": tried.why or None,
    }


def _tried_keys() -> list[str]:
    return list(_tried(TriedPage("", "", "", [Visit(0, 0.0)], None)))


def _look_keys(tried: TriedPage) -> dict[str, Any]:
    page = tried.page
    return {
        "path": plain_path(tried.path),
        "pattern": page.pattern if page else None,
        "url_name": page.url_name if page else None,
        "view": page.view if page else None,
        "kind": page.kind if page else None,
        "where": where(page) if page else None,
        "async": page.is_async if page else None,
        "streams": page.streams if page else None,
        "needs_login": page.needs_login if page else None,
        "own": page.own if page else None,
        **_hops_keys(page),
    }


def _hops_keys(page: ProjectPage | None) -> dict[str, Any]:
    return {
        "hops_forecast": page.hops_forecast if page else None,
        "hops_by_name": page.hops_by_name if page else None,
    }
