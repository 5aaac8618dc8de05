"""Import a project in its own interpreter, apart from us, and hear what is there; all that it starts ends with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.project.findings.search import find_places
from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook
from asgi_vs_wsgi.scenarios.project.project_process import (
    Ended,
    checked_python,
    project_process,
    raised,
    request_of,
)
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.run.run_directory import run_folder
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.servers.server_spec import version_numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.project_process import ProjectProcess

OLDEST_DJANGO = (4, 2)
WITHIN_S = 120.0
_MOST_NAMED = 4


async def look_at(location: ProjectLocation, on_progress: Callable[[Progress], None]) -> ProjectLook:
    """In seconds; BadInput or RunFailed in one line, with the project's own words, where it does not come to it."""
    knows_safe_path = await anyio.to_thread.run_sync(checked_python, location)
    with run_folder() as folder:
        async with project_process(location, "look", folder, knows_safe_path=knows_safe_path) as process:
            found = await _heard(process, location, on_progress)
    if "error" in found:
        raise _refusal(location, process.stage, found)
    if version_numbers(found["versions"].get("django", "")) < OLDEST_DJANGO:
        raise BadInput(f"{location.folder} runs on Django {found['versions'].get('django')}", hint="4.2 or newer")
    try:
        look = msgspec.convert(_from_folder(found, location.folder), ProjectLook)
    except msgspec.ValidationError as error:
        raise RunFailed(f"{location.folder}: what came back is no look", detail=str(error)) from None
    on_progress(Progress("starting", f"{location.folder.name}: reading its code"))
    return msgspec.structs.replace(look, findings=await find_places(look, location.folder))


async def _heard(
    process: ProjectProcess, location: ProjectLocation, on_progress: Callable[[Progress], None]
) -> dict[str, Any]:
    """What it told; RunFailed where it ended before it could, or did not end."""
    try:
        with anyio.fail_after(WITHIN_S):
            await process.tell(request_of(location))
            while True:
                message = await process.hear()
                if "stage" in message:
                    on_progress(Progress("starting", f"{location.folder.name}: {process.stage}"))
                elif isinstance(found := message.get("found"), dict):
                    return found
                else:
                    why = f"it sent something else than words of a look while {process.stage}"
                    break
    except TimeoutError:
        why = f"{process.stage} took more than {WITHIN_S:.0f} s"
    except Ended as ended:
        why = f"{ended} while {process.stage}"
    raise await process.failure(why)


def _refusal(location: ProjectLocation, stage: str, found: dict[str, Any]) -> BadInput:
    if found.get("settings", "unknown") is None:
        return BadInput(
            f"{location.folder}: neither manage.py nor DJANGO_SETTINGS_MODULE names its settings",
            hint=f"--settings MODULE{_candidates(location.folder)}",
        )
    return raised(location, stage, str(found["error"]))


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
