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
from importlib.util import find_spec
from typing import TYPE_CHECKING

from msgspec import structs

from asgi_vs_wsgi.scenarios.analysis.call_site import FROM, place_of
from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.plan import RECORDED, LoadNumbers, PlanError, faults_of
from asgi_vs_wsgi.scenarios.load.recorded_arrivals import at_rate, check_times, first_of, mean_rate
from asgi_vs_wsgi.scenarios.model.scenario import Load, Posted, RecordedArrivals, Scenario
from asgi_vs_wsgi.scenarios.planning.load import OPTION
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.project.served_project import ServedProject, sent_headers, served_pages
from asgi_vs_wsgi.scenarios.project.server_packages import tools_for
from asgi_vs_wsgi.scenarios.project.traffic import plain_path
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.scenarios.scenario_files.reader import checked_toml
from asgi_vs_wsgi.scenarios.scenario_files.source_files import source_text
from asgi_vs_wsgi.scenarios.untrusted_text import one_line
from asgi_vs_wsgi.scenarios.wording import count, per_second
from asgi_vs_wsgi.server_targets.servers import server_spec, server_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.look_result import ProjectLook
    from asgi_vs_wsgi.scenarios.project.page_choice import Asked
    from asgi_vs_wsgi.scenarios.project.served_project import ServedPage
    from asgi_vs_wsgi.scenarios.project.traffic import Traffic
    from asgi_vs_wsgi.scenarios.project.trial_result import ProjectTrial
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
    paths = {page.name: (plain_path(page.path), *page.more_paths) for page in pages}
    posted = {
        page.name: Posted(page.post.method, page.post.body, page.post.content_type) for page in pages if page.post
    }
    views = written_views(folder, pages)
    return Scenario(name, folder, toml, lesson, views, text, {}, paths, dict(headers), posted)


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
        lines += [f"expect = {page.expect}"] if page.expect else []
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
    asked = (page.path if page.post else f"GET {page.path}") + (
        f" and {len(page.more_paths)} more" if page.more_paths else ""
    )
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


# ---- when they come


def takes_times(asked: Asked, options: Options) -> bool:
    """Whether visitors come when those of the file of traffic came; BadInput where there is none to take times from."""
    if options.arrivals == RECORDED and asked.traffic is None:
        raise BadInput("--arrivals recorded: of which file?", hint="--log FILE or --har FILE")
    takes = options.arrivals == RECORDED or (
        asked.traffic is not None and options.arrivals is None and options.rate is not None
    )
    for option, given in (("--concurrency", options.concurrency), ("--ladder", options.ladder)):
        if takes and given:
            what = f"{option}: recorded arrivals come at their own times, not so many at a time"
            raise BadInput(what, hint=f"leave it out, or --arrivals {'burst' if option == '--ladder' else 'closed'}")
    if takes and asked.traffic:
        at_s = [each.at_s for each in asked.traffic.requests]
        rows = range(len(at_s))
        recorded_as_asked(RecordedArrivals(at_s, rows, rows), asked.traffic.source, options)
    return takes


def recorded_as_asked(recorded: RecordedArrivals, source: str, options: Options) -> RecordedArrivals:
    """At the rate, the first so many, or those of the first seconds; BadInput where that makes no load."""
    rate, duration_s = (1.0 if given is None else given for given in (options.rate, options.duration_s))
    numbers = LoadNumbers("constant", options.requests, None, rate, duration_s)
    for fault in faults_of(numbers):
        raise BadInput(f"{OPTION[fault.key]}: {fault.reason}", hint=fault.right)
    try:
        if options.rate is not None:
            recorded = at_rate(recorded, options.rate, DEFAULT_SEED if options.seed is None else options.seed)
        recorded = first_of(recorded, options.requests, options.duration_s)
        check_times(recorded)
    except PlanError as error:
        what = f"{OPTION[error.fault.key]}: {one_line(source)}: {error.fault.reason}"
        raise BadInput(what, hint=error.fault.right) from None
    return recorded


def at_recorded_times(
    experiment: Experiment, pages: Sequence[ServedPage], traffic: Traffic, options: Options
) -> Experiment:
    """The same at the times of those requests of the file that ask for its pages."""
    recorded = recorded_as_asked(recorded_visits(traffic, pages), traffic.source, options)
    load = structs.replace(
        experiment.load,
        arrivals=RECORDED,
        requests=len(recorded.at_s),
        concurrency=None,
        rate=mean_rate(recorded.at_s),
        duration_s=None,
    )
    return structs.replace(experiment, load=load, scenario=structs.replace(experiment.scenario, recorded=recorded))


def recorded_visits(traffic: Traffic, pages: Sequence[ServedPage]) -> RecordedArrivals:
    """Those of the file's requests that ask for one of the pages, each for its own path, from the first of them on."""
    places = {
        path: (number, at) for number, page in enumerate(pages) for at, path in enumerate((page.path, *page.more_paths))
    }
    kept = [(each.at_s, *places[each.path]) for each in traffic.requests if each.path in places]
    begin_s = kept[0][0] if kept else 0.0
    return RecordedArrivals(
        [at_s - begin_s for at_s, *_ in kept], [each[1] for each in kept], [each[2] for each in kept]
    )


def arrival_notes(experiment: Experiment, asked: Asked) -> Iterator[str]:
    """What of a file's times a run has taken."""
    traffic, recorded = asked.traffic, experiment.scenario.recorded
    if traffic is None:
        return
    source = one_line(traffic.source)
    if recorded is None:
        yield f"Of {source} the mix of pages is taken, not its times: --arrivals recorded or --rate R sends them so."
        return
    visitors, of_all = len(recorded.at_s), len(traffic.requests)
    rate, own = mean_rate(recorded.at_s), traffic.rate
    yield (
        f"{count(visitors, 'visitor')} of the {count(of_all, 'request')} in {source} come as those came, "
        f"{per_second(rate)} where the file has {per_second(own)}."
    )


_MOST_NAMED = 3
DEFAULT_SEED = Load().seed
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
    given, timed = structs.replace(options, scenario=scenario.name), takes_times(asked, options)
    if timed:
        given = structs.replace(given, arrivals=None, requests=None, rate=None, duration_s=None)
    experiment = resolve(given, Catalog((scenario,), {}), elsewhere=True)
    if timed and asked.traffic:
        experiment = at_recorded_times(experiment, pages, asked.traffic, options)
    names = (*(target.server for target in experiment.targets), *more_servers)
    servers = {name: server_spec(name) for name in names}
    tools, versions = await tools_for(location, look, servers.values(), on_progress)
    nobody_says = options.requests is None and options.duration_s is None and experiment.load.arrivals == "closed"
    left_out = {page.path: page.why for page in trial.pages if page.why}
    measures_s = MEASURES_S if nobody_says else 0.0
    left_out |= refused
    notes = (*_notes(trial, asked, left_out), *arrival_notes(experiment, asked))
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
    """Those to a file, which each opens once; to a PostgreSQL, where the project gives them no names of its own."""
    default = look.databases.get("default")
    if default is not None and default.vendor == "postgresql":
        login = look.logins.get("default")
        return find_spec("psycopg") is not None and not (login and "application_name" in str(login.options))
    in_memory = default is not None and any(word in str(default.name) for word in (":memory:", "mode=memory"))
    return default is not None and default.vendor == "sqlite" and not in_memory
