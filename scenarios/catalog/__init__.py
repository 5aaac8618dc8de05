"""All scenarios that can be run: ours (the folders beside this file), the user's own, and those of `--scenarios`.

They are looked for in that order, and a later folder replaces an earlier one of the same name: a copy of ours can
be changed under its own name. A broken folder takes its name's place too, so that what runs is never another
scenario than the one that was meant; all others still load.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.scenario_files.listing import place_in_list
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, read_folder
from asgi_vs_wsgi.scenarios.storage.user_directories import config_directory, is_directory
from asgi_vs_wsgi.server_targets.servers import server_specs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OURS = Path(__file__).parent


class Catalog(Struct, frozen=True):
    """The scenarios in the order of the list, and why the broken ones are not among them, by name."""

    scenarios: tuple[Scenario, ...]
    broken: dict[str, BrokenFolder]

    @property
    def default(self) -> Scenario:
        """The scenario that a beginner should see first."""
        return self.scenarios[0]

    @property
    def titles(self) -> dict[str, str]:
        """By name."""
        return {each.name: each.toml.title for each in self.scenarios}

    def with_(self, scenario: Scenario) -> Catalog:
        """The same with this in the place of the one of its name."""
        others = [scenario if each.name == scenario.name else each for each in self.scenarios]
        return Catalog(tuple(others), self.broken)

    def find(self, name: str) -> Scenario:
        """The scenario of that name; BadInput where there is none or its folder is broken."""
        if name in self.broken:
            raise self.broken[name]
        for scenario in self.scenarios:
            if scenario.name == name:
                return scenario
        raise BadInput(f"no scenario `{name}`", hint=suggest(name, [s.name for s in self.scenarios]))


def names_beside(scenario: Scenario) -> set[str]:
    """Of our scenarios, and of those in the same directory as this one, but for its own; broken ones too."""
    folders = [OURS, *([scenario.folder.parent] if scenario.folder.parent.is_dir() else [])]
    return {path.name for folder in folders for path in _inside(folder)} - {scenario.name}


def users_folder() -> Path | None:
    """Where a user keeps scenarios of their own; it need not exist."""
    directory = config_directory()
    return directory / "scenarios" if directory else None


def load_catalog(directories: Sequence[str] = ()) -> Catalog:
    """Ours, the user's and those in `directories` (`--scenarios DIR`); BadInput for one that is no directory."""
    known = {product.name: product for product in server_specs()}
    scenarios: dict[str, Scenario] = {}
    broken: dict[str, BrokenFolder] = {}
    for folder in _folders(directories):
        for earlier in (scenarios, broken):
            earlier.pop(folder.name, None)
        try:
            scenarios[folder.name] = read_folder(folder, known)
        except BrokenFolder as error:
            broken[folder.name] = error
    return Catalog(tuple(sorted(scenarios.values(), key=place_in_list)), broken)


def _folders(directories: Sequence[str]) -> Iterator[Path]:
    yield from _inside(OURS)
    if (users := users_folder()) and is_directory(users):
        yield from _inside(users)
    for directory in directories:
        yield from _inside(_checked(directory))


def _inside(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if path.name[0] not in "._" and os.path.isdir(path))  # noqa: PTH112
    except OSError as error:
        raise BadInput(f"{directory}: it cannot be read: {error.strerror}", hint="a readable directory") from None


def _checked(directory: str) -> Path:
    path = Path(directory)
    if not directory or not is_directory(path):
        raise BadInput(f"--scenarios {directory}: no such directory", hint="give a folder of scenario folders")
    if (path / "scenario.toml").exists():
        right = f"give the folder around it: --scenarios {path.resolve().parent}"
        raise BadInput(f"--scenarios {directory}: it is one scenario, not a folder of them", hint=right)
    return path
