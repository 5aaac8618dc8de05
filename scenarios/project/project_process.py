"""A process of the project's own interpreter that runs a module of ours, and the lines that go to and fro.

All that it starts ends with it.
"""

from __future__ import annotations

import os
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed, unwrap_lab_error
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.secret_values import without_secrets_in_words
from asgi_vs_wsgi.server_targets.processes.interpreter import NoInterpreter, ask_python, environment_for
from asgi_vs_wsgi.server_targets.processes.server_process import ServerProcess
from asgi_vs_wsgi.server_targets.servers.server_spec import version_numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.page_choice import Asked

OLDEST_PYTHON = (3, 9)
KNOWS_SAFE_PATH = (3, 11)
"""The first Python with the option -P."""
_MOST_BYTES = 32 << 20
_LAST_WORDS = 6
_END_LIMIT_S = 5.0
START_WITHIN_S = 120.0
_STAGES = {
    "manage.py": "running manage.py up to its command line",
    "settings": "importing its settings",
    "applications": "importing its applications",
    "databases": "opening its databases",
    "middleware": "putting its middleware together",
    "urls": "reading its URL patterns",
    "wsgi": "importing its WSGI application",
    "asgi": "importing its ASGI application",
}


class Ended(Exception):
    """The process has ended, or was ended, before it answered; the words say how."""


class ProjectProcess:
    """Told and asked in JSON, a line each."""

    def __init__(self, process: ServerProcess, ours: socket.socket, location: ProjectLocation) -> None:
        self.process = process
        self._socket, self._location = ours, location
        self._pending = b""
        self._taken = 0
        self._lines: list[bytes] = []
        self.stage = "its interpreter starts"

    async def tell(self, message: dict[str, Any]) -> None:
        """Ended where nobody takes it."""
        data = msgspec.json.encode(message) + b"\n"
        try:
            while data:
                await anyio.wait_writable(self._socket)
                data = data[self._socket.send(data) :]
        except OSError:
            raise Ended(await self._end_words()) from None

    async def hear(self) -> dict[str, Any]:
        """Its next line; Ended where there is none, BadInput where it says more than anybody would."""
        while not self._lines:
            await anyio.wait_readable(self._socket)
            try:
                data = self._socket.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                raise Ended(await self._end_words())
            self._taken += len(data)
            if self._taken > _MOST_BYTES:
                raise BadInput("the project tells more of itself than can be read")
            *self._lines, self._pending = (self._pending + data).split(b"\n")
        try:
            message: dict[str, Any] = msgspec.json.decode(self._lines.pop(0), type=dict[str, Any])
        except msgspec.DecodeError:
            raise Ended("it sent something else than our words") from None
        self._taken = len(self._pending)
        if "stage" in message:
            self.stage = _STAGES.get(message["stage"], self.stage)
        return message

    async def _end_words(self) -> str:
        """By which signal, or with which status; known soon after its end of the socket is closed."""
        status = 0
        with anyio.move_on_after(_END_LIMIT_S):
            status = await self.process.wait()
        if status < 0:
            return f"it died of {next((each.name for each in signal.Signals if each == -status), -status)}"
        return f"it ended with status {status}" if status else "it ended"

    async def failure(self, why: str) -> RunFailed:
        """What to raise where it does not go on, with its last words."""
        with anyio.move_on_after(_END_LIMIT_S):
            self.process.end()
            await self.process.wait_gone()
        return RunFailed(
            f"{self._location.folder}: {why}",
            detail=self.process.last_words(_LAST_WORDS),
            hint="the lines below are the project's own" if self.process.log else "",
        )


@asynccontextmanager
async def project_process(
    location: ProjectLocation, module: str, folder: Path, *, knows_safe_path: bool
) -> AsyncIterator[ProjectProcess]:
    """Start `module:main` there; when the context is left, it and whatever the project has started are gone."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        with theirs:
            process = await ServerProcess.start(
                "asgi_vs_wsgi.server_targets.processes.launch",
                [f"asgi_vs_wsgi.server_targets.project.{module}:main", str(theirs.fileno())],
                folder=folder,
                environment=project_environment(location, folder),
                descriptor=theirs.fileno(),
                reaped=True,
                python=location.python,
                safe_path=knows_safe_path,
            )
        with unwrap_lab_error():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(process.drain)
                try:
                    yield ProjectProcess(process, ours, location)
                finally:
                    await _end(process)


async def _end(process: ServerProcess) -> None:
    """It, and whatever the project has started."""
    with anyio.CancelScope(shield=True):
        process.end()
        with anyio.move_on_after(_END_LIMIT_S):
            await process.wait_gone()
        process.kill()
        with anyio.move_on_after(_END_LIMIT_S):
            await process.wait_gone()
        await process.aclose()


def request_of(location: ProjectLocation) -> dict[str, Any]:
    """What the process must know of where the project is."""
    return {
        "folder": str(location.folder),
        "manage_py": str(location.manage_py or ""),
        "settings": location.settings,
    }


def checked_python(location: ProjectLocation) -> bool:
    """Whether the project's Python knows -P; BadInput where it has no Django, or is too old."""
    try:
        asked = ask_python(location.python, ["django"], OLDEST_PYTHON)
    except NoInterpreter as refusal:
        raise BadInput(f"{location.folder}: {refusal}", hint=f"--python PATH: {refusal.right}") from None
    if asked.missing:
        raise BadInput(
            f"{location.python} (Python {asked.version}, {location.python_from}) has no Django",
            hint="--python PATH: the Python of the project's own environment",
        )
    return version_numbers(asked.version) >= KNOWS_SAFE_PATH


def raised(location: ProjectLocation, stage: str, error: str) -> BadInput:
    """The project has raised an error: at which stage, and its words."""
    return BadInput(
        f"{location.folder}: {stage} failed: {without_secrets_in_words(error)}",
        hint=f"the project raised it, with {location.python} ({location.python_from})",
    )


def project_environment(location: ProjectLocation, folder: Path) -> dict[str, str]:
    """The user's own, as manage.py would get it in their shell, and nothing that makes Python write beside sources."""
    program = Path(location.python)
    theirs = {name: value for name, value in os.environ.items() if name.startswith("DJANGO_") or name == "PORT"}
    if (program.parent.parent / "pyvenv.cfg").is_file():
        theirs["VIRTUAL_ENV"] = str(program.parent.parent)
        theirs["PATH"] = os.pathsep.join([str(program.parent), os.environ.get("PATH", os.defpath)])
    return {**theirs, **environment_for(folder / "python"), "PYTHONDONTWRITEBYTECODE": "1"}


# ---- a process that tries pages


def trial_request(location: ProjectLocation, folder: Path, changes: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """What a process that tries pages must know; `changes`: of settings."""
    return {
        **request_of(location),
        "run_folder": str(folder),
        "changes": changes,
        "allow_network": asked.allowed.network,
        "allow_writes": asked.allowed.writes,
        "host": asked.host,
    }


async def until_ready(
    process: ProjectProcess,
    location: ProjectLocation,
    request: dict[str, Any],
    on_progress: Callable[[Progress], None],
) -> dict[str, Any]:
    """What it knows of the project by then."""
    try:
        with anyio.fail_after(START_WITHIN_S):
            await process.tell(request)
            while "ready" not in (message := await process.hear()):
                if "error" in message:
                    raise raised(location, process.stage, str(message["error"]))
                on_progress(Progress("starting", f"{location.folder.name}: {process.stage}"))
    except TimeoutError:
        raise await process.failure(f"{process.stage} took more than {START_WITHIN_S:.0f} s") from None
    except Ended as ended:
        raise await process.failure(f"{ended} while {process.stage}") from None
    ready: dict[str, Any] = message["ready"]
    return ready


async def signed_in(process: ProjectProcess, user: str) -> str:
    """The cookie of a session that was made there."""
    await process.tell({"sign_in": user})
    answer = await process.hear()
    if "error" in answer:
        raise BadInput(f"--as {user}: {answer['error']}", hint="a user of the project's database")
    return str(answer["signed_in"]["cookie"])


async def new_token(
    process: ProjectProcess, pages: Sequence[str], headers: Sequence[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """What a visitor sends with what it posts, once it was given a token: that, its cookies, and where it came from.

    Empty where none of the pages gives one.
    """
    await process.tell({"token": {"pages": list(pages), "headers": list(headers)}})
    told = (await process.hear())["token"]
    if told is None:
        return ()
    sent = "; ".join(value for name, value in headers if name.lower() == "cookie")
    given = {
        name.strip(): value for name, _, value in (part.partition("=") for part in sent.split(";")) if name.strip()
    }
    cookies = "; ".join(f"{name}={value}" for name, value in {**given, **told["cookies"]}.items())
    said = {name.lower(): value for name, value in headers}
    if "https" in (value.lower() for value in said.values()):  # Django then wants to know from which page it comes
        return (
            ("Cookie", cookies),
            (told["header"], told["value"]),
            ("Referer", f"https://{said['host']}{told['page']}"),
        )
    return (("Cookie", cookies), (told["header"], told["value"]))


class Visitors(NamedTuple):
    """Who comes to live servers."""

    cookie: str
    """Of the user's session; empty for nobody's."""
    tokens: dict[str, tuple[tuple[tuple[str, str], ...], ...]]
    """By what they post, the headers of each."""


async def new_visitors(
    location: ProjectLocation,
    asked: Asked,
    changes: dict[str, Any],
    folder: Path,
    headers: Mapping[str, str],
    posts: Mapping[str, Sequence[str]],
    many: int,
) -> Visitors:
    """So many for each of `posts`, with tokens of those pages, signed in as `asked.user`.

    Sessions and tokens are made in the databases that `changes` name.
    """
    knows_safe_path = await anyio.to_thread.run_sync(checked_python, location)
    async with project_process(location, "trial", folder, knows_safe_path=knows_safe_path) as process:
        await until_ready(process, location, trial_request(location, folder, changes, asked), lambda _: None)
        try:
            cookie = await signed_in(process, asked.user) if asked.user else ""
            sent = [*({**headers, "Cookie": cookie} if cookie else headers).items()]
            tokens = {
                name: tuple(filter(None, [await new_token(process, pages, sent) for _ in range(many)]))
                for name, pages in posts.items()
            }
        except Ended as ended:
            doing = f"{asked.user} was signed in" if asked.user else "visitors were given tokens"
            raise await process.failure(f"{ended} while {doing}") from None
    return Visitors(cookie, tokens)
