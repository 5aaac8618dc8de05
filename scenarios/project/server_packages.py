"""Server products for a project whose environment has none: a folder of ours for each, put behind what is theirs.

    <cache>/asgi-vs-wsgi-tui/toolbox/py3.12/uvicorn+uvloop+httptools/

Filled once by the project's own Python with `pip install --target`, so that it fits; nothing is installed beside their
packages. A process of a run has these folders at the end of its path: what they have themselves comes first.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from platformdirs import user_cache_path

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput, RunFailed
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.untrusted_text import one_line, split_lines
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.processes.server_process import clean_environment
from asgi_vs_wsgi.server_targets.processes.short_process import run_to_end
from asgi_vs_wsgi.server_targets.servers.server_spec import version_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook
    from asgi_vs_wsgi.server_targets.servers import ServerSpec

WITHIN_S = 240.0


def what_is_missing(server: ServerSpec, installed: Mapping[str, str]) -> list[str]:
    """Distributions that must come from the toolbox for a server to run, by the versions of what is theirs."""
    needed = [server.distribution, *server.needs] if server.distribution else []
    return [name for name in needed if name.lower() not in installed]


async def tools_for(
    location: ProjectLocation,
    look: ProjectLook,
    servers: Iterable[ServerSpec],
    on_progress: Callable[[Progress], None],
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The folders of the toolbox that their interpreter needs for these servers, and the version of each product.

    BadInput or RunFailed in one line where a product is too old to run so, or cannot be had.
    """
    versions = dict(look.versions)
    folders: dict[str, None] = {}
    for server in servers:
        if what_is_missing(server, look.versions):
            names = [server.distribution, *server.needs]
            folder = await _folder_with(names, location, look, on_progress)
            folders[str(folder)] = None
            versions = {**_versions_in(folder), **versions}
        version = versions.get(server.distribution.lower(), "")
        if version and version_numbers(version) < server.oldest:
            oldest = ".".join(map(str, server.oldest))
            raise BadInput(
                f"{server.name} needs {server.product} {oldest}, and the project's own environment has {version}",
                hint="leave that target out, or take a newer version into the environment",
            )
    return tuple(folders), versions


def toolbox(look: ProjectLook) -> Path:
    """Of its version of Python; a build without a GIL has one of its own."""
    version = ".".join(map(str, version_numbers(look.python)))
    return user_cache_path(PROGRAM, appauthor=False) / "toolbox" / f"py{version}{'' if look.gil else 't'}"


async def _folder_with(
    names: list[str], location: ProjectLocation, look: ProjectLook, on_progress: Callable[[Progress], None]
) -> Path:
    """Filled first, and named so then: whoever finds it finds all of it."""
    place = toolbox(look) / "+".join(name.lower() for name in names)
    if place.is_dir():
        return place
    said = f"{listed(names)} for Python {look.python}"
    on_progress(Progress("starting", f"putting {said} into a toolbox of ours, once: {place}"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=place.parent, prefix=".making-"))
    except OSError as error:
        raise RunFailed(f"{place}: {error.strerror}", hint=_by_hand(names, location)) from None
    try:
        await _install(names, made, location)
        _name_it(made, place)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place


def _name_it(made: Path, place: Path) -> None:
    made.chmod(0o755)
    try:
        made.rename(place)
    except OSError:  # another run was quicker
        if not place.is_dir():
            raise


async def _install(names: list[str], into: Path, location: ProjectLocation) -> None:
    """By their own pip; by ours, run in their interpreter, where they have none."""
    options = ["install", "--target", str(into), "--no-input", "--disable-pip-version-check", "--quiet", *names]
    ways = [
        [location.python, "-m", "pip", *options],
        [sys.executable, "-m", "pip", "--python", location.python, *options],
    ]
    said = ""
    for command in ways:
        try:
            with anyio.fail_after(WITHIN_S):
                done = await run_to_end(command, cwd="/", environment=_environment())
        except (OSError, TimeoutError) as error:
            said = said or str(error) or f"nothing within {WITHIN_S:.0f} s"
            continue
        if done.returncode == 0:
            return
        said = said or _last_line(done.stderr or done.stdout)
    raise RunFailed(
        f"the project's environment has no {listed(names, 'or')}, and none can be fetched: {said}",
        hint=_by_hand(names, location),
    )


def _environment() -> dict[str, str]:
    """Where pip installs is ours to say; where it looks for packages, the user's."""
    others = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PYTHONPATH", "PYTHONHOME")
    return {name: value for name, value in clean_environment({}).items() if name not in others}


def _last_line(output: bytes) -> str:
    """What pip says last, but for its notices."""
    lines = [line for line in split_lines(output.decode(errors="replace")) if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return one_line((errors or lines or ["pip says nothing"])[-1])


def _by_hand(names: list[str], location: ProjectLocation) -> str:
    return f"{location.python} -m pip install {' '.join(names)}"


def _versions_in(folder: Path) -> dict[str, str]:
    found = distributions(path=[os.fspath(folder)])
    return {each.metadata["Name"].lower(): each.version for each in found if each.metadata["Name"]}
