"""Import a project in its own interpreter, apart from us, and hear what is there; all that it starts ends with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed, unwrap_lab_error
from asgi_vs_wsgi.scenarios.plain_text import hide_passwords_in
from asgi_vs_wsgi.scenarios.project.project_look import ProjectLook
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.processes.interpreter import NoInterpreter, ask_python, environment_for
from asgi_vs_wsgi.server_targets.processes.server_process import ServerProcess
from asgi_vs_wsgi.server_targets.servers.server_spec import version_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation

OLDEST_PYTHON = (3, 9)
OLDEST_DJANGO = (4, 2)
KNOWS_SAFE_PATH = (3, 11)
"""The first Python with the option -P."""
WITHIN_S = 120.0
_MOST_BYTES = 32 << 20
_LAST_WORDS = 6
_MOST_NAMED = 4
_END_LIMIT_S = 5.0
_STAGES = {
    "manage.py": "running manage.py up to its command line",
    "settings": "importing its settings",
    "applications": "importing its applications",
    "middleware": "putting its middleware together",
    "urls": "reading its URL patterns",
    "wsgi": "importing its WSGI application",
    "asgi": "importing its ASGI application",
}


class _Lines:
    """What comes through the pipe, as far as it is whole."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self._taken = 0

    async def read(self) -> list[bytes]:
        """The next lines; BadInput where it is more than anybody would send."""
        await anyio.wait_readable(self._descriptor)
        data = os.read(self._descriptor, 1 << 16)
        self._taken += len(data)
        if self._taken > _MOST_BYTES:
            raise BadInput("the project tells more of itself than can be read")
        if not data:
            raise EOFError
        *lines, self._pending = (self._pending + data).split(b"\n")
        return lines


async def look_at(location: ProjectLocation, on_progress: Callable[[Progress], None]) -> ProjectLook:
    """In seconds; BadInput or RunFailed in one line, with the project's own words, where it does not come to it."""
    python = await anyio.to_thread.run_sync(_checked_python, location)
    with unwrap_lab_error(), run_folder() as folder:
        stage, found = await _found(location, folder, on_progress, knows_safe_path=python >= KNOWS_SAFE_PATH)
    if "error" in found:
        raise _refusal(location, stage, found)
    if version_numbers(found["versions"].get("django", "")) < OLDEST_DJANGO:
        raise BadInput(f"{location.folder} runs on Django {found['versions'].get('django')}", hint="4.2 or newer")
    try:
        return msgspec.convert(_from_folder(found, location.folder), ProjectLook)
    except msgspec.ValidationError as error:
        raise RunFailed(f"{location.folder}: what came back is no look", detail=str(error)) from None


def _checked_python(location: ProjectLocation) -> tuple[int, ...]:
    try:
        asked = ask_python(location.python, ["django"], OLDEST_PYTHON)
    except NoInterpreter as refusal:
        raise BadInput(f"{location.folder}: {refusal}", hint=f"--python PATH: {refusal.right}") from None
    if asked.missing:
        raise BadInput(
            f"{location.python} (Python {asked.version}, {location.python_from}) has no Django",
            hint="--python PATH: the Python of the project's own environment",
        )
    return version_numbers(asked.version)


async def _found(
    location: ProjectLocation, folder: Path, on_progress: Callable[[Progress], None], *, knows_safe_path: bool
) -> tuple[str, dict[str, Any]]:
    """The stage that it came to, and what it told; RunFailed where it ended before it could, or did not end."""
    ours, theirs = os.pipe()
    request = {
        "folder": str(location.folder),
        "manage_py": str(location.manage_py or ""),
        "settings": location.settings,
    }
    try:
        try:
            process = await ServerProcess.start(
                "asgi_vs_wsgi.server_targets.processes.launch",
                ["asgi_vs_wsgi.server_targets.project.look:main", str(theirs), msgspec.json.encode(request).decode()],
                folder=folder,
                environment=project_environment(location, folder),
                descriptor=theirs,
                reaped=True,
                python=location.python,
                safe_path=knows_safe_path,
            )
        finally:
            os.close(theirs)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(process.drain)
            try:
                heard = await _heard(process, _Lines(ours), location, on_progress)
            finally:
                await _end(process)
        return heard
    finally:
        os.close(ours)


async def _heard(
    process: ServerProcess, lines: _Lines, location: ProjectLocation, on_progress: Callable[[Progress], None]
) -> tuple[str, dict[str, Any]]:
    stage = "its interpreter starts"
    try:
        with anyio.fail_after(WITHIN_S):
            while True:
                for line in await lines.read():
                    message = msgspec.json.decode(line, type=dict[str, Any])
                    if "found" in message:
                        return stage, message["found"]
                    stage = _STAGES.get(message["stage"], stage)
                    on_progress(Progress("starting", f"{location.folder.name}: {stage}"))
    except TimeoutError:
        why = f"{stage} took more than {WITHIN_S:.0f} s"
    except EOFError:
        why = f"it ended while {stage}"
    except (msgspec.DecodeError, KeyError, TypeError):
        why = f"it sent something else than words of a look while {stage}"
    with anyio.move_on_after(_END_LIMIT_S):
        process.end()
        await process.wait_gone()
    raise RunFailed(
        f"{location.folder}: {why}",
        detail=process.last_words(_LAST_WORDS),
        hint="the lines below are the project's own" if process.log else "",
    )


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


def project_environment(location: ProjectLocation, folder: Path) -> dict[str, str]:
    """The user's own, as manage.py would get it in their shell, and nothing that makes Python write beside sources."""
    program = Path(location.python)
    theirs = {name: value for name, value in os.environ.items() if name.startswith("DJANGO_") or name == "PORT"}
    if (program.parent.parent / "pyvenv.cfg").is_file():
        theirs["VIRTUAL_ENV"] = str(program.parent.parent)
        theirs["PATH"] = os.pathsep.join([str(program.parent), os.environ.get("PATH", os.defpath)])
    return {**theirs, **environment_for(folder / "python"), "PYTHONDONTWRITEBYTECODE": "1"}


def _refusal(location: ProjectLocation, stage: str, found: dict[str, Any]) -> BadInput:
    if found.get("settings", "unknown") is None:
        return BadInput(
            f"{location.folder}: neither manage.py nor DJANGO_SETTINGS_MODULE names its settings",
            hint=f"--settings MODULE{_candidates(location.folder)}",
        )
    last = hide_passwords_in(str(found["error"]))
    return BadInput(
        f"{location.folder}: {stage} failed: {last}",
        hint=f"the project raised it, with {location.python} ({location.python_from})",
    )


def _candidates(folder: Path) -> str:
    """Modules that look like settings, for a hint."""
    found = sorted({*folder.glob("*/settings*.py"), *folder.glob("*/settings/*.py"), *folder.glob("settings*.py")})
    names = [".".join(each.relative_to(folder).with_suffix("").parts) for each in found if each.stem != "__init__"]
    return f": {listed(names[:_MOST_NAMED], 'or')}?" if names else ""


def _from_folder(found: dict[str, Any], folder: Path) -> dict[str, Any]:
    """With the project's own files told from its folder."""
    for page in found["pages"]:
        page["file"] = _relative(page["file"], folder)
    found["files_written"] = [_relative(path, folder) for path in found["files_written"]]
    return found


def _relative(path: str, folder: Path) -> str:
    return path.removeprefix(f"{folder}{os.sep}")
