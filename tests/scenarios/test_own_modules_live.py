"""A scenario's own settings, apps, middleware, startup and lifespan on real servers, one in another interpreter."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.run.foreground import run_headless

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("own-modules")]

FOLDERS = Path(__file__).parent / "folders"
PARTS = ("django", "asgiref", "sqlparse", "gunicorn", "packaging")


@pytest.fixture(scope="module")
def own_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter of its own that has Django and gunicorn, and nothing else."""
    place = tmp_path_factory.mktemp("own")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    for part in PARTS:
        found = Path(find_spec(part).origin).parent
        (packages / part).symlink_to(found)
    return str(place / "bin" / "python")


@pytest.fixture(scope="module")
def result(own_python: str) -> RunResult:
    options = Options(
        "own-modules",
        targets=("wsgi", "wsgi", "asgi", "sockets"),
        scenario_dirs=(str(FOLDERS),),
        pythons=(f"wsgi={own_python}",),
    )
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None).result


def test_everybody_is_served_by_workers_in_which_all_of_it_was_done(result: RunResult):
    assert {target.name: target.requests.statuses for target in result.targets} == {
        name: {"200": 6} for name in ("wsgi", "wsgi-2", "asgi", "sockets")
    }


def test_each_target_tells_what_it_runs_on(result: RunResult, own_python: str):
    other, ours, asgi, bare = (target.environment for target in result.targets)
    assert {each.python for each in (other, ours, asgi, bare)} == {sys.version.split()[0]}
    assert {each.gil for each in (other, ours, asgi, bare)} == {result.environment["gil"]}
    assert {each.django for each in (other, ours, asgi)} == {result.environment["django"]}
    assert bare.django is None or bare.django == result.environment["django"]
    assert {each.server for each in (other, ours)} == {result.environment["versions"]["gunicorn"]}
    assert asgi.server == result.environment["versions"]["uvicorn"]
    assert {each.probe for each in (ours, asgi, bare)} == {result.environment["probe"]}


def test_another_interpreter_is_looked_into_as_ours_is(result: RunResult):
    other, ours, *_ = result.targets
    for target in (other, ours):
        assert len(target.workers_seen) == 2
        assert (target.telemetry.lost, target.telemetry.unjoined) == (0, 0)
        assert target.states_ms is not None


def test_websockets_that_were_opened_meanwhile_are_counted(result: RunResult):
    by_name = {target.name: target for target in result.targets}
    assert by_name["sockets"].websockets == 2 * 6
    assert by_name["asgi"].websockets == 0
    assert by_name["wsgi"].websockets is None
