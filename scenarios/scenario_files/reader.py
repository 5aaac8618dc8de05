"""Reads one scenario folder, strictly and without running any of its code.

slow-io/                the folder's name is the scenario's
  scenario.toml         data: every key is known, typed and within bounds
  views.py              parsed, never imported: the views that the targets name must be defined in it
  lesson.md             text
  settings.py           may be there: Django's settings of this scenario; parsed for those that are not its to set
  startup.py            may be there: what each worker does before it serves; parsed too
"""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, ValidationError, convert, toml
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import MOST_CODE_BYTES, MOST_LESSON_BYTES, Scenario, ScenarioToml
from asgi_vs_wsgi.scenarios.planning.resolve import suggestion_faults
from asgi_vs_wsgi.scenarios.scenario_files.empty_values import empty_faults, huge_number_faults, repeated_faults
from asgi_vs_wsgi.scenarios.scenario_files.problems import Problem, type_fault
from asgi_vs_wsgi.scenarios.scenario_files.requests import read_sent_files
from asgi_vs_wsgi.scenarios.scenario_files.source_files import (
    SETTINGS,
    STARTUP,
    VIEWS,
    read_source_files,
    settings_faults,
    source_text,
    startup_faults,
    view_faults,
)
from asgi_vs_wsgi.scenarios.scenario_files.validation import scenario_faults
from asgi_vs_wsgi.server_targets.servers import ServerSpec
from asgi_vs_wsgi.server_targets.servers import server_specs as server_products

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class BrokenFolder(BadInput):
    """One thing that is wrong with a scenario folder, as one line: file, key or line, reason, what is right."""

    def __init__(self, file: Path, fault: Problem) -> None:
        where = f"{file}: {fault.key}" if fault.key else str(file)
        super().__init__(f"{where}: {fault.reason}", hint=fault.right)


def read_folder(folder: Path, products: Mapping[str, ServerSpec]) -> Scenario:
    """The scenario in `folder`, its targets named; BrokenFolder tells the first thing that is wrong."""
    if not SLUG.fullmatch(folder.name):
        raise BrokenFolder(folder, Problem("", "no name for a scenario", "use letters, digits, `-` and `_`"))
    file = folder / "scenario.toml"
    text = _read_text(file, "the scenario's data: title, summary, load and targets")
    scenario_toml = checked_toml(file, text, products, by_hand=True)
    views = _read(folder / VIEWS, "the Django views, one for each `view` that a target names")
    _refuse(folder / VIEWS, view_faults(views, scenario_toml.targets))
    lesson = _read_text(folder / "lesson.md", "what to watch for, why, and when it does not apply")
    modules = read_source_files(folder, views)
    for name, faults in ((SETTINGS, settings_faults), (STARTUP, startup_faults)):
        if name in modules:
            _refuse(folder / name, faults(modules[name]))
    _refuse(file, read_sent_files(folder, scenario_toml, modules))
    scenario = Scenario(folder.name, folder, scenario_toml, lesson, source_text(views), text, modules)
    _refuse(file, suggestion_faults(scenario))
    return scenario


def read_again(scenario: Scenario) -> Scenario:
    """The same folder as it is now; BrokenFolder where it is no scenario any more. One without files stays as it is."""
    if not scenario.modules:
        return scenario
    return read_folder(scenario.folder, {product.name: product for product in server_products()})


def scenario_of_files(name: str, folder: Path, text: str, lesson: str, modules: dict[str, bytes]) -> Scenario:
    """A scenario that another process has read from `folder`, checked as if it were read here."""
    products = {product.name: product for product in server_products()}
    scenario_toml = checked_toml(folder / "scenario.toml", text, products)
    return Scenario(name, folder, scenario_toml, lesson, source_text(modules[VIEWS]), text, modules)


def checked_toml(file: Path, text: str, products: Mapping[str, ServerSpec], *, by_hand: bool = False) -> ScenarioToml:
    """The data in the text of a scenario.toml; `file` is for the words of a BrokenFolder.

    `by_hand`: somebody has the file in hand, and can mend what it says for nothing.
    """
    raw, parsed = _parse_toml(file, text, products)
    scenario_toml = _named(parsed)
    _refuse(file, scenario_faults(scenario_toml, products))
    if by_hand:
        _refuse(file, empty_faults(raw))
        _refuse(file, repeated_faults(scenario_toml))
    return scenario_toml


def _refuse(file: Path, faults: Iterable[Problem]) -> None:
    for fault in faults:
        raise BrokenFolder(file, fault)


def _named(scenario_toml: ScenarioToml) -> ScenarioToml:
    """A target without a name of its own has its server's."""
    targets = [target if target.name else replace(target, name=target.server) for target in scenario_toml.targets]
    return replace(scenario_toml, targets=targets)


def _with_own_threads(raw: Any, products: Mapping[str, ServerSpec]) -> Any:
    """A target that says nothing of threads has as many as its server has where nobody says."""
    targets = raw.get("targets")
    for target in targets if isinstance(targets, list) else []:
        if isinstance(target, dict) and (server := products.get(str(target.get("server")))):
            target.setdefault("threads", server.default_threads)
    return raw


def _parse_toml(file: Path, text: str, products: Mapping[str, ServerSpec]) -> tuple[dict[str, Any], ScenarioToml]:
    """As it stands there, and as data."""
    try:
        raw = toml.decode(text)
    except (DecodeError, RecursionError) as error:
        raise BrokenFolder(file, _syntax_fault(str(error), text)) from None
    except ValueError:  # of thousands of digits: int() refuses to read them
        raise BrokenFolder(file, Problem("", "it holds a number of thousands of digits", "a smaller one")) from None
    _refuse(file, huge_number_faults(raw))
    try:
        return raw, convert(_with_own_threads(raw, products), ScenarioToml)
    except ValidationError as error:
        raise BrokenFolder(file, type_fault(str(error), raw)) from None
    except RecursionError:
        raise BrokenFolder(file, Problem("", "it is too deeply nested", "tables as in a scenario of ours")) from None


def _syntax_fault(message: str, text: str) -> Problem:
    """tomllib says `Invalid value (at line 15, column 3)`; the line goes first, as a key would."""
    found = re.fullmatch(r"(.*) \(at (?:(line \d+)(?:, column \d+)?|end of document)\)", message, re.DOTALL)
    if not found:
        return Problem("", message, "it must be valid TOML")
    line = found[2] or f"line {text.count(chr(10)) + 1}"
    return Problem(line, found[1][:1].lower() + found[1][1:], "it must be valid TOML")


def _read_text(file: Path, purpose: str) -> str:
    try:
        return _read(file, purpose).decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BrokenFolder(file, Problem(f"line {line}", "it is not UTF-8", "save the file as UTF-8")) from None


def _read(file: Path, purpose: str) -> bytes:
    try:
        if file.exists() and not file.is_file():  # reading a pipe or a device may never end
            raise BrokenFolder(file, Problem("", "it cannot be read: it is no ordinary file", f"it holds {purpose}"))
        with file.open("rb") as opened:
            data = opened.read(MOST_LESSON_BYTES + 1)
    except FileNotFoundError:
        raise BrokenFolder(file, Problem("", "the file is missing", f"it holds {purpose}")) from None
    except OSError as error:
        raise BrokenFolder(file, Problem("", f"it cannot be read: {error.strerror}", "a readable file")) from None
    most = MOST_LESSON_BYTES if file.suffix == ".md" else MOST_CODE_BYTES
    if len(data) > most:
        raise BrokenFolder(file, Problem("", f"it is larger than {most // 1000:,} kB", "a smaller file"))
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise BrokenFolder(file, Problem("", "it is UTF-16", "save the file as UTF-8"))
    return data
