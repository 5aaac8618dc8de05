"""From a look at a project and what the user asks for to an experiment, as a scenario's options become one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.environment import cores
from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.project.served_project import ServedProject, chosen_pages, sent_headers
from asgi_vs_wsgi.scenarios.project.synthetic_scenario import as_scenario
from asgi_vs_wsgi.scenarios.project.toolbox import tools_for
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment, Options
    from asgi_vs_wsgi.scenarios.project.location import ProjectLocation
    from asgi_vs_wsgi.scenarios.project.project_look import ProjectLook
    from asgi_vs_wsgi.scenarios.project.served_project import ServedPage
    from asgi_vs_wsgi.scenarios.run.observer import Progress

MEASURES_S = 5.0
"""Each target in each round, where nobody says how many requests."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asks of a run of their project, beside what every run can be asked."""

    pages: Sequence[str] = ()
    """`PATH[=WEIGHT]`."""
    host: str | None = None
    headers: Sequence[str] = ()
    """`NAME: VALUE`."""
    allow_remote: bool = False
    allow_as_is: bool = False


async def plan_run(
    location: ProjectLocation,
    look: ProjectLook,
    asked: Asked,
    options: Options,
    on_progress: Callable[[Progress], None],
    left_out: Mapping[str, str] | None = None,
) -> Experiment:
    """BadInput tells the first thing that is wrong with what is asked; `left_out`: pages that gave none, and why."""
    pages = chosen_pages(look, asked.pages, left_out or ())
    return await plan_pages(location, look, asked, options, on_progress, pages, left_out)


async def plan_pages(
    location: ProjectLocation,
    look: ProjectLook,
    asked: Asked,
    options: Options,
    on_progress: Callable[[Progress], None],
    pages: tuple[ServedPage, ...],
    left_out: Mapping[str, str] | None = None,
) -> Experiment:
    """The same with pages that somebody has chosen already."""
    scenario = as_scenario(location.folder, pages, sent_headers(look, asked.host, asked.headers), cores())
    experiment = resolve(replace(options, scenario=scenario.name), Catalog((scenario,), {}), elsewhere=True)
    servers = {target.server: server_spec(target.server) for target in experiment.targets}
    tools, versions = await tools_for(location, look, servers.values(), on_progress)
    nobody_says = options.requests is None and options.duration_s is None and experiment.load.arrivals == "closed"
    project = ServedProject(
        location,
        look,
        pages,
        versions,
        tools,
        MEASURES_S if nobody_says else 0.0,
        asked.allow_remote,
        asked.allow_as_is,
        dict(left_out or {}),
    )
    return replace(experiment, project=project)
