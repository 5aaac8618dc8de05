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
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS, ROUNDS, refuse_quantity
from asgi_vs_wsgi.scenarios.project.har_file import read_har
from asgi_vs_wsgi.scenarios.project.location import MANAGE_PY, find_project
from asgi_vs_wsgi.scenarios.project.project_process import checked_python
from asgi_vs_wsgi.scenarios.project.traffic import TrafficRules, read_access_log
from asgi_vs_wsgi.tui.arguments.project import project_command
from asgi_vs_wsgi.tui.commands.project import asked_of, source_of_pages
from asgi_vs_wsgi.tui.screens.run_values import Field, Refusal, Values, in_words_of_form, refusal_at_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = "project"
BETWEEN_HEADERS = "|"
LOOK, TRY, RUN = STEPS = ("look", "try", "run")
FIELDS = (
    Field("path", "folder", "", f"of your Django project: the one that holds its {MANAGE_PY}"),
    Field("python", "python", "--python", "its own Python, or its environment's folder; empty: the one beside it"),
    Field("settings", "settings", "--settings", f"its settings module; empty: what {MANAGE_PY} says"),
    Field(
        *("pages", "pages", "--page"),
        "blanks between, each with how often among the others: `/=3 /books/` asks for `/` three times for each "
        "`/books/`; empty: what look and try find",
        many=True,
    ),
    Field("har", "HAR file", "--har", "instead of pages: what a browser recorded (DevTools, Save all as HAR)"),
    Field("log", "log file", "--log", "instead of pages: what a web server logged (combined format), as often"),
    Field(
        *("rate", "rate", "--rate"),
        "of the file: visitors per second, at its own times, thinned or in less time; empty: its mix of pages alone",
    ),
    Field("user", "as user", "--as", "signed in as this user of it, in the copy of its database; empty: nobody"),
    Field(
        *("headers", "headers", "--header"),
        f"NAME: VALUE, sent with each request; several: `{BETWEEN_HEADERS}` between; not kept for the next time",
        many=True,
        between=BETWEEN_HEADERS,
    ),
    Field("host", "host", "--host", "the host that is asked for; empty: one of its ALLOWED_HOSTS"),
    Field(
        "allow_writes",
        "writes",
        "--allow-writes",
        "space allows it: pages that write, files too, are taken all the same",
        flag=True,
    ),
    Field(
        *("allow_network", "network", "--allow-network"),
        "space allows it: pages that call other machines are taken all the same",
        flag=True,
    ),
    Field(
        "requests", "requests", "--requests", "of each server, in each round; empty: as many as take about five seconds"
    ),
    Field("rounds", "rounds", "--rounds", "each server is measured so often, the median counts"),
    Field(
        *("sweep_threads", "threads", "--sweep-threads"),
        "space asks for it: then also how many threads one worker of gunicorn-gthread can use, 1, 2, 4, 8 or 16",
        flag=True,
        turned=("swept after the run", "not swept"),
    ),
)
"""In the order of the form."""
_OF_A_LOOK = {"python", "settings"}
_OF_A_TRIAL = {"pages", "har", "log", "user", "headers", "host", "allow_writes", "allow_network"}
OF_A_STEP = {LOOK: _OF_A_LOOK, TRY: _OF_A_LOOK | _OF_A_TRIAL}
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
        if field.flag:
            yield field.option
            continue
        for word in field.words_of(text):
            yield from (field.option, word)


def line_of(values: Mapping[str, str], step: str) -> str:
    """The command line that does the same."""
    return shlex.join([PROGRAM, COMMAND, *arguments(values, step)])


def refusal_of_words(values: Mapping[str, str], step: str) -> Refusal | None:
    """The first thing that the command would refuse of the texts alone: quick enough for every key."""
    try:
        context = project_command.make_context(COMMAND, arguments(values, step))
        source_of_pages(context.params)
        asked_of(context.params | {"har": None, "log": None})  # what is in a file is read once, at the end
    except click.ClickException as error:
        return refusal_at_field(error.format_message().rstrip("."), FIELDS, or_else="path")
    except BadInput as error:
        return refusal_at_field(error.one_line(), FIELDS, or_else="path")
    rate = context.params["rate"]
    if step == RUN and rate is not None and (reason := refuse_quantity(rate)):
        return Refusal("rate", f"“rate”: {reason} (visitors per second)")
    for name, limits in (("requests", REQUESTS), ("rounds", ROUNDS)):
        given = context.params[name]
        if step == RUN and given is not None and (reason := limits.refuse(given)):
            return Refusal(name, f"“{name}”: {reason} (a whole number from {limits})")
    return None


def refusal_of_project(values: Mapping[str, str]) -> Refusal | None:
    """The same of the folder and the Python, which are looked at: nothing of the project is imported."""
    path, settings, python = (values[name].strip() for name in ("path", "settings", "python"))
    if not path:
        return Refusal("path", f"the folder of a Django project, which holds its {MANAGE_PY}")
    try:
        find_project(path, settings or None)
    except BadInput as error:
        return Refusal("path", in_words_of_form(error.one_line(), FIELDS))
    except OSError as error:
        return Refusal("path", f"{path}: {error.strerror}")
    if wrong := _refusal_of_traffic(values):
        return wrong
    try:
        checked_python(find_project(path, settings or None, python or None))
    except BadInput as error:
        return Refusal("python", in_words_of_form(error.one_line(), FIELDS))
    return None


def _refusal_of_traffic(values: Mapping[str, str]) -> Refusal | None:
    for name, read in (("har", read_har), ("log", read_access_log)):
        if file := values[name].strip():
            try:
                read(Path(file), TrafficRules())
            except BadInput as error:
                return Refusal(name, in_words_of_form(error.one_line(), FIELDS))
    return None


NOT_KEPT = frozenset({"headers", "allow_writes", "allow_network"})


def to_be_written(values: Mapping[str, str]) -> Values:
    """What may be kept in a file: a header may be a key or a cookie, and what is allowed is asked for anew."""
    return {name: text for name, text in values.items() if name not in NOT_KEPT}
