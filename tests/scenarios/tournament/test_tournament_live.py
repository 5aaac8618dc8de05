"""A tournament over live servers: alternating rounds, a ranking that the figures bear out, and no server left."""

from __future__ import annotations

import anyio
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import Load
from asgi_vs_wsgi.scenarios.planning.duration_estimate import Known, start_in_tournament_s, tournament_estimate
from asgi_vs_wsgi.scenarios.results import LoadResult
from asgi_vs_wsgi.scenarios.run.observer import Callbacks
from asgi_vs_wsgi.scenarios.tournament.standings import Tournament
from asgi_vs_wsgi.scenarios.tournament.tournament import TournamentProgress, entrants, run_tournament
from asgi_vs_wsgi.server_targets.servers import server_specs

SMALL = Options("slow-io", ("gunicorn-sync:2", "uvicorn:2"), requests=10, parameters=("io_ms=200",))


@pytest.mark.live
def test_two_servers_are_measured_in_alternating_rounds_and_ranked():
    order: list[str] = []
    seen: list[int] = []
    progress = TournamentProgress(2)
    experiments, missing = entrants(SMALL, load_catalog())

    told_s: list[float] = []

    def take(so_far: Tournament) -> None:
        progress.record(so_far)
        seen.append(len(so_far.standings))
        if progress.done == 2:
            told_s.append(_whole_after(so_far, experiments[0].load, progress.took_s))

    watcher = Callbacks(lambda progress: None, lambda target, pid: order.append(target))

    async def main():
        return await run_tournament(experiments, missing, 1, watcher, take, most_rounds=2)

    tournament = anyio.run(main, backend_options={"use_uvloop": True})
    assert list(dict.fromkeys(order)) == ["gunicorn-sync", "uvicorn"]
    assert order == ["gunicorn-sync"] * 2 + ["uvicorn"] * 4 + ["gunicorn-sync"] * 2
    assert [(each.rank, each.server) for each in tournament.standings] == [(1, "uvicorn"), (2, "gunicorn-sync")]
    assert all(len(each.rounds) == 2 and each.low <= each.value <= each.high for each in tournament.standings)
    assert seen == [1, 2, 2, 2]
    assert (tournament.rounds, tournament.planned) == (2, 4)  # rounds are short, so more than one were measured
    assert (progress.done, progress.total) == (4, 4)
    assert progress.took_s / 3 < told_s[0] < progress.took_s * 3  # others come and go on the machine


def _whole_after(first: Tournament, load: Load, took_s: float) -> float:
    """How long four measurements will take, told from the first two."""
    spans = {each.server: each.p95_ms / 1000 for each in first.standings}
    known = Known(spans, start_s=start_in_tournament_s(first, LoadResult.from_load(load), 2, took_s))
    told = tournament_estimate(load, list(spans), known)
    return told.seconds / told.measurements * 4


@pytest.mark.live
def test_a_server_that_cannot_run_the_view_is_told_of_and_the_others_are_ranked(tmp_path):
    folder = tmp_path / "fails-on-asgi"
    folder.mkdir()
    source = load_catalog().find("slow-io")
    toml = (source.folder / "scenario.toml").read_text()
    (folder / "scenario.toml").write_text(toml)
    (folder / "lesson.md").write_text("Nothing.\n")
    views = (source.folder / "views.py").read_text()
    (folder / "views.py").write_text(
        views + "\nimport sys\nif 'uvicorn' in sys.modules:\n    raise RuntimeError('no')\n"
    )
    options = Options(
        "fails-on-asgi",
        ("gunicorn-sync:2", "uvicorn:2"),
        requests=4,
        parameters=("io_ms=20",),
        scenario_dirs=(str(tmp_path),),
    )
    experiments, missing = entrants(options, load_catalog(options.scenario_dirs))

    async def main():
        return await run_tournament(experiments, missing, 2, Callbacks(lambda progress: None, lambda target, pid: None))

    tournament = anyio.run(main, backend_options={"use_uvloop": True})
    assert [(each.rank, each.server) for each in tournament.standings] == [(1, "gunicorn-sync")]
    assert [each.server for each in tournament.missing] == ["uvicorn"]


def test_all_servers_that_are_installed_take_part_with_two_workers_where_they_can():
    experiments, missing = entrants(Options("slow-io"), load_catalog())
    names = {experiment.targets[0].server for experiment in experiments} | {each.server for each in missing}
    assert names == {product.name for product in server_specs()}
    assert all(e.targets[0].workers in (1, 2) for e in experiments)


def test_servers_without_a_view_to_run_stay_out_with_the_reason():
    experiments, missing = entrants(Options("async-orm"), load_catalog())
    assert {experiment.targets[0].server for experiment in experiments}.isdisjoint(each.server for each in missing)
    assert all(each.reason for each in missing)


def test_a_server_named_twice_takes_part_as_two():
    options = Options("slow-io", ("uvicorn:1", "uvicorn:2"))
    experiments, _ = entrants(options, load_catalog())
    assert [(each.targets[0].name, each.targets[0].workers) for each in experiments] == [
        ("uvicorn", 1),
        ("uvicorn-2", 2),
    ]


def test_a_wrong_option_is_told_before_anything_starts():
    with pytest.raises(BadInput, match="io_ms"):
        entrants(Options("slow-io", parameters=("io_ms=abc",)), load_catalog())
