"""Try the pages of a project: each twice, one at a time, in its own interpreter, without a server and on copies.

Nothing of the project is changed: its databases are copied (database_copy), mail goes to memory, files and hosts that
are not allowed are refused inside its process. A page that ends the process, or that does not come to an end, is told;
the process is started anew for the others.
"""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.project.database_copy import copied_bytes, database_copies
from asgi_vs_wsgi.scenarios.project.page_choice import Crawl, check_session, left_by_name, listed_pages, page_of
from asgi_vs_wsgi.scenarios.project.project_process import (
    Ended,
    checked_python,
    new_token,
    project_process,
    signed_in,
    trial_request,
    until_ready,
)
from asgi_vs_wsgi.scenarios.project.served_project import sent_headers
from asgi_vs_wsgi.scenarios.project.traffic import plain_path
from asgi_vs_wsgi.scenarios.project.trial_result import (
    LeftOut,
    ProjectTrial,
    TriedPage,
    Visit,
    page_as_tried,
    reason_against,
)
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.secret_values import without_secrets_in_words
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.project.database_copy import DatabaseCopies
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook
    from asgi_vs_wsgi.scenarios.project.page_choice import Asked
    from asgi_vs_wsgi.scenarios.project.project_process import ProjectProcess

READ_WITHIN_S = 10.0
"""How long a body may go on that sends something all the time."""
VISIT_WITHIN_S = 20.0
"""How long a page may keep silent."""
LISTED_WITHIN_S = 180.0
CRAWL_WITHIN_S = 20.0
MOST_CRAWLED = 60
MOST_STARTS = 6
TWICE = 2
_MOST_FILES = 100_000
_MOST_NAMED = 5
_SKIPPED = frozenset({".git", "node_modules"})


async def try_pages(
    location: ProjectLocation, look: ProjectLook, asked: Asked, on_progress: Callable[[Progress], None]
) -> ProjectTrial:
    """BadInput or RunFailed in one line where it does not come to it; a page that fails is a page that is told."""
    before = await anyio.to_thread.run_sync(_files_of, location.folder)
    with run_folder(more_bytes=copied_bytes(look, location.folder)) as folder:
        async with database_copies(
            look,
            location.folder,
            folder,
            allow_remote=asked.allow_remote,
            allow_as_is=asked.allow_as_is,
        ) as copies:
            check_session(asked, copies)
            trial = _Trial(location, look, asked, copies, folder, on_progress)
            async with trial:
                await trial.run()
    after = await anyio.to_thread.run_sync(_files_of, location.folder)
    changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    return trial.result(changed)


class _Trial:
    """The process that answers, started anew where a page has ended it, and what came of each page."""

    def __init__(
        self,
        location: ProjectLocation,
        look: ProjectLook,
        asked: Asked,
        copies: DatabaseCopies,
        folder: Path,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._location, self._look, self._asked = location, look, asked
        self._copies, self._folder, self._on_progress = copies, folder, on_progress
        self._stack = AsyncExitStack()
        self._process: ProjectProcess | None = None
        self._starts = 0
        self._ready: dict[str, Any] = {}
        self._cookie: list[tuple[str, str]] = []
        self._given: tuple[tuple[str, str], ...] = ()
        """What the visitor was given who posts next."""
        self._pages: list[TriedPage] = []
        self._left_out: list[LeftOut] = []

    async def __aenter__(self) -> _Trial:
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.__aexit__(*error)

    async def run(self) -> None:
        """All pages that are asked for, then those that they name."""
        await self._started()
        known, self._left_out = listed_pages(self._look)
        if self._asked.pages:
            self._left_out = []
            found = dict.fromkeys(self._asked.pages, "asked")
        elif self._asked.traffic:
            found = dict.fromkeys(self._asked.seen, "seen")
        else:
            found = {str(page.path): "listed" for page in known}
        if not found:
            raise BadInput(
                f"{self._location.folder}: no URL pattern can be asked for without arguments", hint="--page PATH"
            )
        names = await self._names(list(found))
        crawl = Crawl([*found, *(page.path for page in self._left_out)], self._ready["static"])
        for path, named in names.items():
            crawl.count(path, named)
        if self._asked.traffic:
            self._left_out = [page for path, named in names.items() if (page := left_by_name(path, named))]
            found = {path: how for path, how in found.items() if path not in {page.path for page in self._left_out}}
        await self._try_all(found, names, LISTED_WITHIN_S)
        if not self._asked.pages and not self._asked.traffic:
            await self._crawl(crawl)

    async def _crawl(self, crawl: Crawl) -> None:
        """Breadth first; from pages that write nothing."""
        tried = 0
        until = anyio.current_time() + CRAWL_WITHIN_S
        waiting: dict[str, str] = {}
        names: dict[str, dict[str, Any] | None] = {}
        read = 0
        while tried < MOST_CRAWLED and anyio.current_time() < until and self._can_start:
            for page in self._pages[read:]:
                if {*page.most("writes")} - {self._ready["sessions"]}:
                    continue  # what it has made, a run on another copy will not find
                links = crawl.new([*page.last.location_here, *page.last.links])
                new = await self._names(links)
                names.update(new)
                waiting.update({path: page.path for path, named in new.items() if crawl.wants(path, named)})
            read = len(self._pages)
            if not waiting:
                break
            path = next(iter(waiting))
            await self._try(path, waiting.pop(path), names[path], f"{count(len(waiting), 'page')} found")
            tried += 1
        self._left_out += [*crawl.left_out.values()]
        self._left_out += [LeftOut(path, (names[path] or {}).get("view", ""), "time was up") for path in waiting]

    async def _try_all(self, found: dict[str, str], names: dict[str, dict[str, Any] | None], within_s: float) -> None:
        until = anyio.current_time() + within_s
        for number, (path, how) in enumerate(found.items(), 1):
            if anyio.current_time() > until or not self._can_start:
                why = "time was up" if self._can_start else "the process was ended too often"
                view = (names[path] or {}).get("view", "")
                self._left_out.append(LeftOut(path, view, why))
                continue
            await self._try(path, how, names[path], f"{number} of {len(found)}")

    @property
    def _can_start(self) -> bool:
        return self._process is not None or self._starts < MOST_STARTS

    async def _try(self, path: str, found: str, named: dict[str, Any] | None, which: str) -> None:
        self._on_progress(Progress("starting", f"{self._location.folder.name}: {which}, {path}"))
        visits: list[Visit] = []
        while len(visits) < TWICE and not (visits and visits[-1].ended):
            visits.append(await self._visited(path, await self._token_for(path)))
        sessions = "" if self._copies.not_copied else self._ready["sessions"]
        post = self._asked.posts.get(path)
        why = reason_against(visits, self._ready["login"], sessions, self._asked.allowed, posts=post is not None)
        if post and why == "answers 403" and not self._given:
            why = f"answers 403: none of {count(len(post.token_pages), 'page')} of the file gives a CSRF token"
        page = page_as_tried(self._look, page_of(self._look, named) if named else None, visits[-1])
        self._pages.append(TriedPage(path, post.method if post else "GET", found, visits, page, why))

    async def _token_for(self, path: str) -> Sequence[tuple[str, str]]:
        """Headers of a visitor of its own who is about to post; none for pages that are asked for."""
        post, self._given = self._asked.posts.get(path), ()
        if post is None:
            return ()
        if self._process is None:
            await self._started()
        assert self._process is not None
        try:
            with anyio.fail_after(VISIT_WITHIN_S):
                headers = [*self._headers, *self._cookie]
                self._given = await new_token(self._process, post.token_pages, headers)
        except (Ended, TimeoutError, KeyError):
            await self._stopped()
        return (*self._given, *([("Content-Type", post.content_type)] if post.content_type else []))

    @property
    def _headers(self) -> list[tuple[str, str]]:
        return [*sent_headers(self._look, self._ready["host"], self._asked.headers).items()]

    async def _visited(self, path: str, more: Sequence[tuple[str, str]]) -> Visit:
        if self._process is None:
            await self._started()
        began = anyio.current_time()
        own = {name.lower() for name, _ in more}
        headers = [*(each for each in [*self._headers, *self._cookie] if each[0].lower() not in own), *more]
        post = self._asked.posts.get(path)
        asked = {"path": plain_path(path), "method": post.method if post else "GET", "headers": headers}
        body = {"body": post.body.decode("latin-1")} if post else {}
        try:
            with anyio.fail_after(VISIT_WITHIN_S):
                answer = await self._answer({"visit": {**asked, **body, "within_s": READ_WITHIN_S}})
                return self._checked(answer["visited"])
        except TimeoutError:
            ended = f"has no end: nothing more came within {VISIT_WITHIN_S:.0f} s"
        except Ended as how:
            ended = f"ends the process: {how}"
        except KeyError:
            ended = "ends the process: it no longer answers"
        await self._stopped()
        return Visit(0, (anyio.current_time() - began) * 1000, ended=ended)

    def _checked(self, told: dict[str, Any]) -> Visit:
        try:
            files = told["effects"]["files"]
            told["effects"]["files"] = {_from(path, self._location.folder): times for path, times in files.items()}
            if told["error"]:
                told["error"]["words"] = one_line(without_secrets_in_words(told["error"]["words"]))
            return msgspec.convert(told, Visit)
        except (msgspec.ValidationError, KeyError, TypeError, AttributeError) as error:
            raise RunFailed(f"{self._location.folder}: what came back is no visit", detail=str(error)) from None

    async def _names(self, paths: list[str]) -> dict[str, dict[str, Any] | None]:
        if not paths:
            return {}
        if self._process is None:
            await self._started()
        try:
            with anyio.fail_after(VISIT_WITHIN_S):
                answer = await self._answer({"name": paths})
        except (Ended, TimeoutError):
            await self._stopped()
            return dict.fromkeys(paths)
        return dict(zip(paths, answer.get("named", [None] * len(paths)), strict=True))

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        await self._process.tell(question)
        return await self._process.hear()

    async def _stopped(self) -> None:
        self._process = None
        await self._stack.aclose()

    async def _started(self) -> None:
        """Until it is ready to be asked, and the user is signed in there."""
        knows_safe_path = await anyio.to_thread.run_sync(checked_python, self._location)
        self._starts += 1
        process = await self._stack.enter_async_context(
            project_process(self._location, "trial", self._folder, knows_safe_path=knows_safe_path)
        )
        self._ready = await until_ready(process, self._location, self._request(), self._on_progress)
        self._process = process
        if self._asked.user:
            self._cookie = [("Cookie", await signed_in(process, self._asked.user))]

    def _request(self) -> dict[str, Any]:
        changes = {"databases": self._copies.changes, "mail_to_memory": True}
        return trial_request(self._location, self._folder, changes, self._asked)

    def result(self, changed_files: list[str]) -> ProjectTrial:
        """With what is to be known."""
        return ProjectTrial(
            self._look,
            self._pages,
            self._left_out,
            self._ready["host"],
            self._asked.user,
            self._copies.told,
            list(self._notes(changed_files)),
            changed_files,
        )

    def _notes(self, changed_files: list[str]) -> list[str]:
        notes = ["DEBUG is on: times are not those of production"] if self._look.debug else []
        if missing := self._ready["migrations_missing"]:
            notes.append(f"database default lacks {missing[0]} of {count(missing[1], 'migration')} (manage.py migrate)")
        if unheard := self._ready["unheard"]:
            notes.append(f"{listed(unheard)} is loaded: whom it calls is neither seen nor refused")
        if changed_files:
            more = f" and {count(len(changed_files) - _MOST_NAMED, 'more file')}" if changed_files[_MOST_NAMED:] else ""
            notes.append(f"meanwhile changed in the project's folder: {listed(changed_files[:_MOST_NAMED])}{more}")
        return notes


def _from(path: str, folder: Path) -> str:
    return path.removeprefix(f"{os.path.realpath(folder)}{os.sep}")


def _files_of(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Every file below the project's folder with its size, its time and its number, as many as are looked at."""
    found: dict[str, tuple[int, int, int]] = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED and not _is_environment(parent, name)]
        for name in files:
            path = os.path.join(parent, name)  # noqa: PTH118 - a hundred thousand of them
            try:
                status = os.lstat(path)
            except OSError:
                continue
            found[os.path.relpath(path, folder)] = (status.st_size, status.st_mtime_ns, status.st_ino)
        if len(found) > _MOST_FILES:
            break
    return found


def _is_environment(parent: str, name: str) -> bool:
    return os.path.exists(os.path.join(parent, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
