"""From a trial of a project and what the user asks for to an experiment, as a scenario's options become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.project.served_project import ServedProject, sent_headers, served_pages
from asgi_vs_wsgi.scenarios.project.synthetic_scenario import as_scenario
from asgi_vs_wsgi.scenarios.project.toolbox import tools_for
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.project.asked import Asked
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.project_look import ProjectLook
    from asgi_vs_wsgi.scenarios.project.project_trial import ProjectTrial
    from asgi_vs_wsgi.scenarios.run.observer import Progress

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
) -> Experiment:
    """BadInput tells the first thing that is wrong with what is asked; `refused`: pages that gave none, and why."""
    look = trial.look
    left = structs.replace(trial, pages=[page for page in trial.pages if page.path not in refused])
    pages = served_pages(left, asked)
    headers = sent_headers(look, trial.host, asked.headers)
    scenario = as_scenario(location.folder, pages, headers, cores(), database=_counts_connections(look))
    experiment = resolve(structs.replace(options, scenario=scenario.name), Catalog((scenario,), {}), elsewhere=True)
    servers = {target.server: server_spec(target.server) for target in experiment.targets}
    tools, versions = await tools_for(location, look, servers.values(), on_progress)
    nobody_says = options.requests is None and options.duration_s is None and experiment.load.arrivals == "closed"
    left_out = {page.path: page.why for page in trial.pages if page.why}
    measures_s = MEASURES_S if nobody_says else 0.0
    left_out |= refused
    notes = (*_notes(trial, asked, left_out),)
    project = ServedProject(location, look, pages, versions, tools, measures_s, asked, notes, left_out)
    return structs.replace(experiment, project=project, database=None)


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
