"""From a look at a project to the places in its code that would hold its event loop.

What ruff knows of calls that hold an event loop (its rules ASYNC2xx), asked of the project's own files.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import anyio
import anyio.to_thread
import msgspec

from asgi_vs_wsgi.scenarios.project.findings.call_paths import Called, Found, Link, Ways
from asgi_vs_wsgi.scenarios.project.findings.finding import Finding, Findings, WhatWasRead, finding
from asgi_vs_wsgi.scenarios.project.findings.function_body import FunctionBodies
from asgi_vs_wsgi.scenarios.project.findings.project_wide import Place, named_in_a_list, streams, thread_locals
from asgi_vs_wsgi.scenarios.project.findings.rules import RUFF_FIXES, RULES
from asgi_vs_wsgi.scenarios.project.findings.source_index import Function, Module, SourceIndex
from asgi_vs_wsgi.scenarios.project.findings.source_reading import Deadline, TemplateTags, read_sources
from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.server_targets.processes.short_process import run_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook

RUFF_WITHIN_S = 20.0
_OPTIONS = (
    "check",
    "--isolated",
    "--no-cache",
    "--select",
    "ASYNC",
    "--output-format",
    "json",
    "--exit-zero",
    "--quiet",
)


class RuffLine(NamedTuple):
    """One of its findings."""

    rule: str
    file: str
    line: int
    words: str


class RuffAnswer(NamedTuple):
    """All of them, or why there are none."""

    lines: list[RuffLine]
    missing: str = ""


class _Row(msgspec.Struct):
    code: str | None
    filename: str
    message: str
    location: dict[str, int]


async def ask_ruff(files: Sequence[str]) -> RuffAnswer:
    """Nothing of the project's own configuration of it is read, and nothing is written."""
    program = _program()
    if program is None:
        return RuffAnswer([], "ruff is not installed beside this program, so its rules were not asked")
    if not files:
        return RuffAnswer([])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    try:
        with anyio.fail_after(RUFF_WITHIN_S):
            told = await run_to_end(
                [program, *_OPTIONS, "--", *files], cwd="/", environment=environment, with_stderr=False
            )
        rows = msgspec.json.decode(told.stdout, type=list[_Row])
    except (OSError, TimeoutError, msgspec.MsgspecError) as why:
        return RuffAnswer([], f"ruff did not answer ({type(why).__name__}), so its rules were not asked")
    return RuffAnswer(
        [
            RuffLine(row.code, row.filename, row.location.get("row", 0), row.message)
            for row in rows
            if row.code in RUFF_FIXES
        ]
    )


def _program() -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    return str(beside) if beside.is_file() else shutil.which("ruff")


WITHIN_S = 20.0
_WAIT_FOR_NOTHING = ("locmem.LocMemCache", "dummy.DummyCache")
_SESSIONS_IN_COOKIES = "signed_cookies"
_MOST_UNREAD = 20


async def find_places(look: ProjectLook, folder: Path) -> Findings:
    """Nothing of the project is run: its files are read as text."""
    files = [each.file for each in look.sources.files]
    answers: list[RuffAnswer] = []
    async with anyio.create_task_group() as tasks:

        async def ask() -> None:
            answers.append(await ask_ruff(files))

        tasks.start_soon(ask)
        search = _Search(look, folder)
        try:
            await anyio.to_thread.run_sync(search.read, abandon_on_cancel=True)
        finally:
            search.deadline.end()  # the thread lives on, and the program would wait for it
    return search.found(answers[0])


class _Search:
    """Gathers places, each line and rule once."""

    def __init__(self, look: ProjectLook, folder: Path) -> None:
        self._look = look
        self._folder = os.path.realpath(folder)
        self.deadline = Deadline(WITHIN_S)
        self._index = SourceIndex()
        self._places: dict[tuple[str, int, str], Finding] = {}
        self._starts: dict[int, str] = {}
        self._is_cut_short = False

    def read(self) -> None:
        """What we know ourselves."""
        versions = {
            "django.VERSION": _numbers(self._look.versions.get("django", "")),
            "sys.version_info": _numbers(self._look.python),
        }
        files = ((each.file, each.module) for each in self._look.sources.files)
        self._index = read_sources(files, self.deadline, versions)
        bodies = FunctionBodies(self._index)
        sources = self._look.sources
        tags = TemplateTags(self._index, sources.template_folders, sources.template_libraries)
        ways = Ways(self._index, bodies, self._called(), tags, self.deadline)
        for found in ways.on_the_loop():
            self._keep_found(found, found.wait.rule)
        self._starts = ways.starts
        for found in ways.of_sync_views():
            if found.wait.rule in ("async-to-sync", "asyncio-run"):
                self._keep_found(found, "async-in-sync-view" if found.wait.rule == "async-to-sync" else "asyncio-run")
        self._is_cut_short = ways.is_cut_short
        for place in (*streams(self._index, bodies), *thread_locals(self._index), *self._middleware()):
            self._keep_place(place)

    def _called(self) -> Iterator[Called]:
        for page in self._look.pages:
            file = os.path.join(self._folder, page.file)  # noqa: PTH118 - it may be empty, or from the root
            if page.file:
                yield Called("view", page.view, os.path.realpath(file), page.line, page.is_async)
        on_loop = {each.name for each in self._look.middleware if each.used and each.on_loop}
        for each in self._look.sources.called:
            yield Called(each.role, each.name, each.file, each.line, each.name in on_loop, tuple(each.signals))

    def _middleware(self) -> Iterator[Place]:
        """Those that are sync alone, where there are async views inside them."""
        many = sum(page.is_async for page in self._look.pages)
        places = {each.name: (each.file, each.line) for each in self._look.sources.called if each.role == "middleware"}
        for each in self._look.middleware:
            if not many or not each.breaks:
                continue
            file, line = places.get(each.name, ("", 0))
            there = named_in_a_list(self._index, each.name)
            module = self._index.by_file.get(file)
            found = (module, line) if module is not None else there
            if found is not None:
                words = f"{each.name}, around {count(many, 'URL pattern')} with an async view"
                yield Place("sync-middleware", *found, words)

    def _keep_found(self, found: Found, rule: str) -> None:
        if not self._is_asked(rule):
            return
        module = found.function.module
        links = [*found.way, Link(found.function, found.wait.line)]
        way = [found.start, *(self._linked(each.function, each.line) for each in links)]
        self._keep(module, found.wait.line, rule, found.wait.words, way)

    def _keep_place(self, place: Place) -> None:
        self._keep(place.module, place.line, place.rule, place.words, [])

    def _keep(self, module: Module, line: int, rule: str, call: str, way: list[str]) -> None:
        if module.is_silenced(line, (rule, *(ruffs for ruffs, fix in RUFF_FIXES.items() if fix == RULES[rule].fix))):
            return
        file = self._told(module.file)
        told = finding(file, line, rule, call, RULES[rule].words, RULES[rule].fix, way)
        self._places.setdefault((file, line, rule), told)

    def _is_asked(self, rule: str) -> bool:
        """Whether it can wait with these settings."""
        if rule == "sync-cache":
            backends = [str(each) for each in self._look.caches.values()]
            return not backends or not all(each.endswith(_WAIT_FOR_NOTHING) for each in backends)
        return rule != "sync-session" or not self._look.sources.session_engine.endswith(_SESSIONS_IN_COOKIES)

    def _linked(self, function: Function, line: int) -> str:
        return f"{function.short_name} ({self._told(function.module.file)}:{line})"

    def _told(self, file: str) -> str:
        return file.removeprefix(self._folder + os.sep)

    def found(self, ruff: RuffAnswer) -> Findings:
        """With what ruff knows: of a line that both have found, its rule's name and our way."""
        for line in ruff.lines:
            module = self._index.by_file.get(line.file)
            if module is None or not module.is_command:
                self._keep_ruffs(line)
        functions = list(self._index.functions())
        unread = [f"{self._told(file)}: {why}" for file, why in self._index.unread]
        left = len(unread) - _MOST_UNREAD
        more = [f"and {count(left, 'more file')}"] if left > 0 else []
        beyond = self._look.sources.left
        without = [ruff.missing] if ruff.missing else []
        if beyond:
            without.append(f"{count(beyond, 'more file')} were not looked at")
        if self._look.sources.cut_short:
            without.append("the project's folder was too large to be gone through: what it imports was read")
        if self._is_cut_short:
            without.append(f"calls were not followed to their end: that took more than {WITHIN_S:.0f} s")
        read = WhatWasRead(
            len(self._index.by_file),
            len(functions),
            sum(each.is_async for each in functions),
            unread[:_MOST_UNREAD] + more,
            without,
        )
        return Findings(sorted(self._places.values(), key=lambda each: (each.file, each.line, each.rule)), read)

    def _keep_ruffs(self, line: RuffLine) -> None:
        file, fix = self._told(line.file), RUFF_FIXES[line.rule]
        same = next((key for key, each in self._places.items() if key[:2] == (file, line.line) and each.fix == fix), ())
        ours = self._places.pop(same) if same else None
        if ours is not None:
            call, reason, way = ours.call, ours.reason, ours.way
        else:
            call, reason, way = "", f"{line.words}.", self._way_to(line)
        self._places[file, line.line, line.rule] = finding(file, line.line, line.rule, call, reason, fix, way)

    def _way_to(self, line: RuffLine) -> list[str]:
        """By the function that it stands in, where we know what calls that."""
        module = self._index.by_file.get(line.file)
        around = [
            each
            for each in (module.functions if module else ())
            if each.node.lineno <= line.line <= (each.node.end_lineno or 0) and id(each) in self._starts
        ]
        if not around or module is None:
            return []
        inner = max(around, key=lambda each: each.node.lineno)
        return [self._starts[id(inner)], self._linked(inner, line.line)]


def _numbers(version: str) -> tuple[int, ...]:
    """The first two of `5.2.19`."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
