"""From a trial of a project and what the user asks for to an experiment, as a scenario's options become one.

A project written out as a scenario: all that reads a scenario works on it (lanes, code, saved runs, pictures).

A page is a class of visitors and a view of the same name. What stands for `views.py` is the source of the project's own
views, each below a line that says where it is from:

    # books/views.py:41-44
    class BookList(ListView):
        ...

    books_list = BookList  # GET /books/list/
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
import tokenize
import warnings
from typing import TYPE_CHECKING

from msgspec import structs

from asgi_vs_wsgi.scenarios.analysis.called_at import FROM, place_of
from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.plain_text import one_line
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.project.served_project import ServedProject, sent_headers, served_pages
from asgi_vs_wsgi.scenarios.project.toolbox import tools_for
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.scenario_files.reader import checked_toml
from asgi_vs_wsgi.scenarios.scenario_files.source_files import source_text
from asgi_vs_wsgi.scenarios.wording import count
from asgi_vs_wsgi.server_targets.servers import server_spec, server_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.page_choice import Asked
    from asgi_vs_wsgi.scenarios.project.project_look import ProjectLook
    from asgi_vs_wsgi.scenarios.project.project_trial import ProjectTrial
    from asgi_vs_wsgi.scenarios.project.served_project import ServedPage
    from asgi_vs_wsgi.scenarios.run.observer import Progress

MOST_LINES = 400
"""Of a view that are shown."""
MOST_SOURCE_BYTES = 1_000_000
THREADS_FOR_A_WORKER = 4
REQUESTS = 100
"""Where it is not known yet how long one takes."""
_LONGEST_TITLE = 60


def as_scenario(
    folder: Path, pages: Sequence[ServedPage], headers: Mapping[str, str], workers: int, *, database: bool = False
) -> Scenario:
    """Of the project in `folder`, with the three usual targets of so many workers each.

    `database`: whether connections to its own can be counted.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.name).strip("-_") or "project"
    text = _toml(folder, pages, workers, database)
    toml = checked_toml(folder / "scenario.toml", text, {product.name: product for product in server_specs()})
    lesson = f"# {_title(folder)}\n\nA project of your own: its pages, asked for by as many classes of visitors.\n"
    paths = {page.name: (page.path, *page.more_paths) for page in pages}
    return Scenario(name, folder, toml, lesson, written_views(folder, pages), text, {}, paths, dict(headers))


def _title(folder: Path) -> str:
    return one_line(folder.name)[:_LONGEST_TITLE].strip() or "project"


def _toml(folder: Path, pages: Sequence[ServedPage], workers: int, database: bool) -> str:
    sizes = {"gunicorn-sync": 1, "gunicorn-gthread": THREADS_FOR_A_WORKER, "uvicorn": 1}
    first = pages[0].name
    views = ", ".join(f"{page.name} = {_text(page.name)}" for page in pages)
    summary = f"{OWN_PROJECT}: {count(len(pages), 'page')}, each with visitors of its own."
    lines = [f"title = {_text(_title(folder))}", f"summary = {_text(summary)}"]
    lines += ["database = true", ""] if database else [""]
    lines += ["[load]", 'arrivals = "closed"', f"requests = {REQUESTS}"]
    lines += [f"concurrency = {workers * max(sizes.values())}"]
    for server, threads in sizes.items():
        lines += ["", "[[targets]]", f"server = {_text(server)}", f"view = {_text(first)}"]
        lines += [f"workers = {workers}", f"threads = {threads}", f"views = {{{views}}}"]
    for page in pages:
        lines += ["", "[[visitors]]", f"name = {_text(page.name)}", f"share = {float(page.weight)}"]
    return "\n".join(lines) + "\n"


def _text(words: str) -> str:
    """JSON's texts are TOML's, but for one sign that TOML wants escaped too."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


# ---- the source


def written_views(folder: Path, pages: Sequence[ServedPage]) -> str:
    """The definition of every view that is the project's own, once, and what each page is answered by."""
    parts: list[str] = []
    defined: dict[str, tuple[str, int]] = {}
    """What stands at the top level so far, and where it is from."""
    for page in pages:
        parts += _part(folder, page, defined)
    return "\n\n".join(parts) + "\n"


def _part(folder: Path, page: ServedPage, defined: dict[str, tuple[str, int]]) -> Iterator[str]:
    look = page.look
    asked = f"GET {page.path}" + (f" and {len(page.more_paths)} more" if page.more_paths else "")
    place = (look.file, look.line) if look and look.own and look.file else None
    source = source_at(folder / place[0], place[1]) if place else ""
    own_name = _name(source)
    if place is None or not own_name:
        view = f": {look.view}" if look else ""
        yield f'def {page.name}(request):\n    """{one_line(asked + view)}"""'.replace("\\", "/")
    elif defined.get(own_name, place) != place or own_name == page.name:
        # Two views of one name, or a page that is called so: below the page's own name, and so told apart.
        yield f"def {page.name}(request):  # {asked}\n{textwrap.indent(_told(place, source), '    ')}"
    else:
        if own_name not in defined:
            yield _told(place, source)
        defined[own_name] = place
        yield f"{page.name} = {own_name}  # {asked}"


def _told(place: tuple[str, int], source: str) -> str:
    file, first = place
    return f"{FROM.format(file=file, first=first, last=first + source.count(chr(10)))}\n{source}"


def source_at(file: Path, line: int) -> str:
    """The definition that begins there, flush left; empty where it cannot be had, or is no Python of ours."""
    try:
        if file.stat().st_size > MOST_SOURCE_BYTES:
            return ""
        lines = [f"{text}\n" for text in source_text(file.read_bytes()).split("\n")]
    except OSError:
        return ""
    try:
        block = inspect.getblock(lines[line - 1 :])
    except (SyntaxError, IndexError, tokenize.TokenError):
        return ""
    if len(block) > MOST_LINES:
        return ""
    source = textwrap.dedent("".join(block)).rstrip()
    return source if _name(source) else ""


def _name(source: str) -> str:
    """What the source defines; empty where it is not one definition."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (statement,) = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return statement.name if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else ""


_MOST_NAMED = 3
MEASURES_S = 5.0
"""Each target in each round, where nobody says how many requests."""


async def plan_run(
    location: ProjectLocation,
    trial: ProjectTrial,
    asked: Asked,
    options: Options,
    on_progress: Callable[[Progress], None],
    refused: Mapping[str, str],
    more_servers: Sequence[str] = (),
) -> Experiment:
    """BadInput tells the first thing that is wrong with what is asked; `refused`: pages that gave none, and why.

    `more_servers` are wanted beside those of the targets.
    """
    look = trial.look
    left = structs.replace(trial, pages=[page for page in trial.pages if page.path not in refused])
    pages = served_pages(left, asked)
    headers = sent_headers(look, trial.host, asked.headers)
    scenario = as_scenario(location.folder, pages, headers, cores(), database=_counts_connections(look))
    experiment = resolve(structs.replace(options, scenario=scenario.name), Catalog((scenario,), {}), elsewhere=True)
    names = (*(target.server for target in experiment.targets), *more_servers)
    servers = {name: server_spec(name) for name in names}
    tools, versions = await tools_for(location, look, servers.values(), on_progress)
    nobody_says = options.requests is None and options.duration_s is None and experiment.load.arrivals == "closed"
    left_out = {page.path: page.why for page in trial.pages if page.why}
    measures_s = MEASURES_S if nobody_says else 0.0
    left_out |= refused
    notes = (*_notes(trial, asked, left_out),)
    raised = _refused_on_a_loop(trial)
    project = ServedProject(location, look, pages, versions, tools, measures_s, asked, notes, left_out, raised)
    return structs.replace(experiment, project=project, database=None)


_REFUSALS = ("SynchronousOnlyOperation",)


def _refused_on_a_loop(trial: ProjectTrial) -> dict[str, tuple[str, str]]:
    errors = ((page.path, visit.error) for page in trial.pages for visit in page.visits if visit.error)
    return {place_of(error.where): (path, error.type) for path, error in errors if error.type in _REFUSALS}


def _notes(trial: ProjectTrial, asked: Asked, left_out: Mapping[str, str]) -> Iterator[str]:
    """What a reader of the figures must know of them."""
    yield from (f"Database {alias}: {words}." for alias, words in trial.databases.items())
    for note in trial.notes:
        if not note.startswith("DEBUG"):  # of which the answer has a sentence of its own
            yield f"To know: {note}."
    if left_out:
        examples = "; ".join(f"{path} {why}" for path, why in [*left_out.items()][:_MOST_NAMED])
        more = f"; and {len(left_out) - _MOST_NAMED} more" if len(left_out) > _MOST_NAMED else ""
        yield f"Tried and left out: {examples}{more} (--try tells of all)."
    if not asked.pages and asked.traffic is None:
        yield "These pages are no traffic of yours, but the slowest of each view: --log, --har or --page say which."


def _counts_connections(look: ProjectLook) -> bool:
    """Those to a file, of which a copy is made: each opens it once."""
    default = look.databases.get("default")
    in_memory = default is not None and any(word in str(default.name) for word in (":memory:", "mode=memory"))
    return default is not None and default.vendor == "sqlite" and not in_memory
