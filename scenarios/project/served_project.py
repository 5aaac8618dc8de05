"""A project of the user's own as it is served in a run: which pages, in which interpreter, with which server products.

The pages are those that the user names, or those that a trial has chosen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from keyword import iskeyword
from operator import attrgetter
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.project.page_choice import Asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook, ProjectPage
    from asgi_vs_wsgi.scenarios.project.traffic import SeenPost
    from asgi_vs_wsgi.scenarios.project.trial_result import ProjectTrial, TriedPage

MOST_PAGES = 8
"""That are chosen where nobody says which."""
_MOST_REASONS = 3
_RESERVED = frozenset({"all"})
"""What all visitors together are called."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class ServedPage:
    """One page: a class of visitors, and a view of the scenario that is written of the project."""

    name: str
    """An identifier, of the class and of the view."""
    path: str
    weight: float
    """Among the others: how often it is asked for."""
    look: ProjectPage | None
    """What answers it, where the look knows of a pattern for it."""
    more_paths: tuple[str, ...] = ()
    """Asked for in turn with it: others of the same view."""
    post: SeenPost | None = None
    """What is posted there; None: it is asked for."""
    expect: int = 0
    """The status that is its answer, where that is no 2xx."""

    @property
    def token_pages(self) -> Sequence[str]:
        """Where its visitors may have a token from."""
        return self.post.token_pages if self.post else ()


@dataclass(frozen=True, slots=True)
class ServedProject:
    """What a run needs to know of it beside the scenario that is written of it (project.planned_run)."""

    location: ProjectLocation
    look: ProjectLook
    pages: tuple[ServedPage, ...]
    versions: dict[str, str]
    """Of a server product by the name of its distribution: theirs, or that of the toolbox."""
    tools: tuple[str, ...] = ()
    """Folders of the toolbox, for what their interpreter does not have."""
    measures_s: float = 0.0
    """For how long a target is to be measured, where nobody says how many requests; 0: as the load says."""
    asked: Asked = field(default_factory=Asked)
    """As whom the pages are asked for, and what may be done to its databases."""
    notes: tuple[str, ...] = ()
    """Sentences on what the pages stood on and what was left out: they belong before any figure."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Path of a page that would have been asked for, to why it is not."""
    raised: dict[str, tuple[str, str]] = field(default_factory=dict)
    """`shop/views.py:12` to the path of a page whose trial raised there what Django refuses on an event loop, and its
    type."""


def served_pages(trial: ProjectTrial, asked: Asked) -> tuple[ServedPage, ...]:
    """Those that were asked for, with how often; or those of a file of traffic, those of one view together; else the
    slowest of each view that the trial has chosen.

    BadInput for one that the trial leaves out, with its reason, and where none is left.
    """
    tried = {page.path: page for page in trial.pages}
    for path in asked.pages:
        if path in tried and (why := tried[path].why):
            raise BadInput(f"--page {path}: left out, since it {why}", hint="--try tells what each page does")
    together = _of_one_view(trial, asked.seen)
    seen = {paths[0]: sum(asked.seen[path] for path in paths) for paths in together}
    taken = asked.pages or seen or dict.fromkeys(_slowest_of_each_view(trial), 1.0)
    more = {paths[0]: tuple(paths[1:]) for paths in together}
    if not taken:
        reasons = [f"{page.path} {page.why}" for page in trial.pages[:_MOST_REASONS]]
        raise BadInput(
            f"no page can be measured: {'; '.join(reasons) or 'none was found'}",
            hint="--page PATH, --as USER, --allow-writes or --allow-network; --try tells of all pages",
        )
    names = _names(taken)
    return tuple(
        ServedPage(
            names[path],
            path,
            weight,
            tried[path].page if path in tried else None,
            more.get(path, ()),
            asked.posts.get(path),
            _expected(tried.get(path)),
        )
        for path, weight in taken.items()
    )


def _expected(page: TriedPage | None) -> int:
    status = page.last.status if page else 0
    return status if 300 <= status < 400 else 0


def _of_one_view(trial: ProjectTrial, seen: Mapping[str, float]) -> list[list[str]]:
    """Of each view the paths that were chosen of those seen, the most often seen first."""
    views: dict[str, list[str]] = {}
    for page in sorted(trial.chosen, key=lambda page: -seen.get(page.path, 0.0)):
        if page.path in seen:
            asked_for = page.page is not None and page.method == "GET"
            views.setdefault(page.page.view if asked_for and page.page else page.path, []).append(page.path)
    return list(views.values())


def _slowest_of_each_view(trial: ProjectTrial) -> list[str]:
    """The project's own views first, at most so many, in the order in which they were found."""
    slowest: dict[str, TriedPage] = {}
    for page in sorted(trial.chosen, key=attrgetter("ms")):
        slowest[page.page.view if page.page else page.path] = page
    most = sorted(slowest.values(), key=lambda page: (page.page is None or not page.page.own, -page.ms))[:MOST_PAGES]
    paths = {page.path for page in most}
    return [page.path for page in trial.pages if page.path in paths]


def _names(paths: Iterable[str]) -> dict[str, str]:
    """An identifier for each, told apart by numbers where two would be alike."""
    names: dict[str, str] = {}
    taken: set[str] = set(_RESERVED)
    for path in paths:
        words = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"%[0-9A-Fa-f]{2}", "_", path)).strip("_")[:_LONGEST_NAME]
        base = words.rstrip("_") or "root"
        base = f"page_{base}" if base[0].isdigit() or iskeyword(base) else base
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names[path] = name
    return names


def sent_headers(look: ProjectLook, host: str, more: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """What each request must say to be let in: the host that the trial found to be, and that it came by HTTPS.

    `more`: of `--header "NAME: VALUE"`, each in the place of ours of that name, however it is written.
    """
    said = {name.lower() for name, _ in more}
    headers = {"Host": host, **(_https(look.ssl_header) if look.ssl_redirect else {})}
    return {name: value for name, value in headers.items() if name.lower() not in said} | dict(more)


def _https(header: Sequence[str]) -> Mapping[str, str]:
    """As the proxy before the project says it; servers on this machine believe the usual header."""
    if len(header) == 2:
        return {header[0].removeprefix("HTTP_").replace("_", "-").title(): header[1]}
    return {"X-Forwarded-Proto": "https"}
