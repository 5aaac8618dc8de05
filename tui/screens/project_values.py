"""What the form of the user's own project holds, without the form: texts for options of `project`, and their checks.

values ──► arguments of `project` ──► the command's own refusals, before anything of the project is imported
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.limits import REQUESTS, ROUNDS
from asgi_vs_wsgi.scenarios.project.location import MANAGE_PY, find_project
from asgi_vs_wsgi.scenarios.project.project_process import checked_python
from asgi_vs_wsgi.tui.cli.project import project_command
from asgi_vs_wsgi.tui.commands.project import asked_of
from asgi_vs_wsgi.tui.screens.try_values import Field, Refusal, Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = "project"
LOOK, TRY, RUN = STEPS = ("look", "try", "run")
FIELDS = (
    Field("path", "folder", "", f"of your Django project: the one that holds its {MANAGE_PY}"),
    Field("python", "python", "--python", "its own Python, or its environment's folder; empty: the one beside it"),
    Field("settings", "settings", "--settings", f"its settings module; empty: what {MANAGE_PY} says"),
    Field("pages", "pages", "--page", "PATH[=WEIGHT], blanks between; empty: what look and try find", many=True),
    Field("user", "as user", "--as", "signed in as this user of it, in the copy of its database; empty: nobody"),
    Field(
        "requests", "requests", "--requests", "of each server, in each round; empty: as many as take about five seconds"
    ),
    Field("rounds", "rounds", "--rounds", "each server is measured so often, the median counts"),
)
"""In the order of the form."""
OF_A_STEP = {LOOK: {"python", "settings"}, TRY: {"python", "settings", "pages", "user"}}
"""The options that it takes; a run takes all."""
ROUNDS_AT_FIRST = next(str(each.default) for each in project_command.params if each.name == "rounds")


def values_at_first(used: Mapping[str, str], here: Path) -> Values:
    """Those that were used last; else the folder where the program was started, if that holds a project."""
    folder = str(here) if (here / MANAGE_PY).is_file() else ""
    none = {field.id: "" for field in FIELDS} | {"path": folder, "rounds": ROUNDS_AT_FIRST}
    return {name: used.get(name, value) for name, value in none.items()}


def to_be_kept(values: Mapping[str, str]) -> Values:
    """The same for the next time, wherever the program is started then."""
    kept = {name: text.strip() for name, text in values.items()}
    return kept | {"path": str(Path(kept["path"]).expanduser().absolute())}


def arguments(values: Mapping[str, str], step: str) -> list[str]:
    """Of `project`, as far as a step of it."""
    path = values["path"].strip() or "."
    return [f"./{path}" if path.startswith("-") else path, *_options(values, step)]


def _options(values: Mapping[str, str], step: str) -> Iterator[str]:
    if step != RUN:
        yield f"--{step}"
    for field in FIELDS:
        text = values[field.id].strip()
        unsaid = not text or (field.id == "rounds" and text == ROUNDS_AT_FIRST)
        if not field.option or unsaid or field.id not in OF_A_STEP.get(step, {field.id}):
            continue
        for word in text.split() if field.many else [text]:
            yield from (field.option, word)


def line_of(values: Mapping[str, str], step: str) -> str:
    """The command line that does the same."""
    return shlex.join([PROGRAM, COMMAND, *arguments(values, step)])


def refusal_of_words(values: Mapping[str, str], step: str) -> Refusal | None:
    """The first thing that the command would refuse of the texts alone: quick enough for every key."""
    try:
        context = project_command.make_context(COMMAND, arguments(values, step))
        asked_of(context.params)
    except click.ClickException as error:
        return _refusal(error.format_message().rstrip("."))
    except BadInput as error:
        return _refusal(error.one_line())
    for name, limits in (("requests", REQUESTS), ("rounds", ROUNDS)):
        given = context.params[name]
        if step == RUN and given is not None and (reason := limits.refuse(given)):
            return Refusal(name, f"--{name}: {reason} (a whole number from {limits})")
    return None


def refusal_of_project(values: Mapping[str, str]) -> Refusal | None:
    """The same of the folder and the Python, which are looked at: nothing of the project is imported."""
    path, settings, python = (values[name].strip() for name in ("path", "settings", "python"))
    if not path:
        return Refusal("path", f"the folder of a Django project, which holds its {MANAGE_PY}")
    try:
        find_project(path, settings or None)
    except BadInput as error:
        return Refusal("path", error.one_line())
    except OSError as error:
        return Refusal("path", f"{path}: {error.strerror}")
    try:
        checked_python(find_project(path, settings or None, python or None))
    except BadInput as error:
        return Refusal("python", error.one_line())
    return None


def _refusal(words: str) -> Refusal:
    """At the field whose option the words name."""
    named = [(words.find(field.option), field.id) for field in FIELDS if field.option and field.option in words]
    return Refusal(min(named, default=(0, "path"))[1], words)
