"""`simulate` and `size` as a user has them: reports that say what they are, and one clear line for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import command
from msgspec.structs import replace
from obeyed_signs import obeyed
from simulated_runs import RECORDED, from_the_recorded_run, measured_run

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions, changes, wanted_targets
from asgi_vs_wsgi.scenarios.planning.sizing import SizeOptions, asked_servers
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair, PartialRun
from asgi_vs_wsgi.scenarios.simulation.calibration import calibrate
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.tui.arguments.simulate import simulate_command, simulation_options, size_command
from asgi_vs_wsgi.tui.commands import measured_source
from asgi_vs_wsgi.tui.commands import simulate as commands
from asgi_vs_wsgi.tui.commands import size as size_commands
from asgi_vs_wsgi.tui.commands.run_source import Sourced
from asgi_vs_wsgi.tui.report.simulation import simulation_report

RECORDINGS = Path(__file__).parent / "recordings"


def run(*words: str) -> int:
    """`simulate`, in this process."""
    context = simulate_command.make_context("simulate", list(words), obj=())
    chosen = dict(context.params)
    source, as_json, save, crowd = (chosen.pop(name) for name in ("source", "as_json", "save", "crowd"))
    options = simulation_options(chosen, ())
    return commands.simulate(source, options, as_json=as_json, save=save, keep=False, crowd=crowd)


def size(*words: str) -> int:
    """`size` likewise."""
    context = size_command.make_context("size", list(words), obj=())
    chosen = dict(context.params)
    source, as_json, save = chosen.pop("source"), chosen.pop("as_json"), chosen.pop("save")
    goal = [chosen.pop(name) for name in ("rate", "p95", "of", "headroom")]
    confirm, crowd = chosen.pop("confirm"), chosen.pop("crowd")
    asked = SizeOptions(simulation_options(chosen, ()), *goal)
    return size_commands.size(source, asked, as_json=as_json, save=save, keep=False, confirm=confirm, crowd=crowd)


def test_the_command_prints_one_document_and_saves_a_run_that_opens(tmp_path: Path):
    file = tmp_path / "simulated.avw"
    done = command("simulate", str(RECORDED), "--workers", "4", "--json", "--save", str(file))
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["simulated"] is True
    assert [target["workers"] for target in document["targets"]] == [4, 4]
    assert "simulating gunicorn-sync" in done.stderr
    saved = read_run(file)
    assert saved.result.simulated is True
    assert [trace.facts.label.partition(",")[0] for trace in saved.traces()] == ["simulated"] * 2


@pytest.mark.parametrize("width", [60, 100, 160])
def test_every_block_of_the_report_says_what_it_is(width: int):
    experiment, outcome = from_the_recorded_run(workers=4)
    report = simulation_report(experiment, outcome, width)
    blocks = "\n".join(report).split("\n\n")
    assert len(blocks) >= 7
    assert [block for block in blocks if "simulat" not in block.lower()] == []
    assert "SIMULATED" in report[0]
    assert max(map(len, report)) <= width + 1


def test_the_report_of_a_rate_names_theory_and_what_is_not_known(capsys: pytest.CaptureFixture[str]):
    assert (
        run(str(RECORDED), "--target", "gunicorn-sync:4", "--arrivals", "poisson", "--rate", "15", "--requests", "300")
        == 0
    )
    told = " ".join(capsys.readouterr().out.split())
    assert "Little's law: 15.0/s ×" in told
    assert "Erlang C" in told
    assert "measured 3.23 s" in told, "how the run itself is reproduced"


def test_a_parameter_and_a_scale_change_what_is_simulated(capsys: pytest.CaptureFixture[str]):
    for words, service_s in ((["--set", "io_ms=400"], 0.4), (["--set", "wait=0.5"], 0.1)):
        assert run(str(RECORDED), "--target", "gunicorn-sync", *words, "--json") == 0
        (target,) = json.loads(capsys.readouterr().out)["targets"]
        assert target["makespan_s"] == pytest.approx(16 * service_s, rel=0.06)
        assert target["simulation"]["beyond"][0]


def test_sizing_prints_configurations_with_their_ground(capsys: pytest.CaptureFixture[str]):
    assert size(str(RECORDED), "--rate", "30", "--p95", "250ms", "--requests", "800", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    best = document["configurations"][0]
    assert document["simulated"] is True
    assert best["holds"] is True
    assert best["interval"][1] <= 250
    assert {
        "target",
        "workers",
        "threads",
        "pool",
        "holds",
        "p95_ms",
        "interval",
        "memory_mb",
        "breaks_at_rps",
    } <= best.keys()
    assert document["targets"][0]["name"] == best["target"]
    assert size(str(RECORDED), "--rate", "30", "--p95", "250ms", "--requests", "300", "--target", "uvicorn") == 0
    report = capsys.readouterr().out
    told = " ".join(report.split())
    for ground in (
        "Little's law",
        "That is not enough",
        "replications of 300 visitors",
        "is calibrated from measured runs",
    ):
        assert ground in told
    assert [block for block in report.split("\n\n") if "simulat" not in block.lower() and "Memory" not in block] == []


def test_nothing_that_holds_is_a_status_of_its_own(capsys: pytest.CaptureFixture[str]):
    assert (
        size(
            str(RECORDED),
            "--rate",
            "4",
            "--p95",
            "204ms",
            "--workers",
            "1",
            "--target",
            "gunicorn-sync",
            "--requests",
            "400",
        )
        == 1
    )
    seen = capsys.readouterr()
    assert "nothing that was tried holds it" in seen.out
    assert "no configuration that was tried holds p95 204ms at 4/s" in seen.err


R = str(RECORDED)
POISSON = ("--arrivals", "poisson")
REFUSED = {
    "a file that is none": ([str(RECORDINGS / "none.avw")], "cannot be read"),
    "what is nothing": (["no-such-thing"], "no scenario `no-such-thing`, and no saved run"),
    "workers that end": ([str(RECORDINGS / "worker-crash.avw")], "workers ended during the run"),
    "servers that are stopped": ([str(RECORDINGS / "deploy.avw")], "reloaded, stopped or held in this scenario"),
    "slow clients": (["slow-clients"], "send or read slowly, or leave"),
    "no workers": ([R, "--workers", "0"], "--workers: 0 is out of bounds"),
    "a negative number of cores": ([R, "--cores", "-1"], "--cores: -1 is not above 0"),
    "a negative time": ([R, *POISSON, "--rate", "5", "--duration", "-1"], "--duration: -1 is not above 0"),
    "a parameter that is below its least": ([R, "--set", "io_ms=-5"], "--set io_ms=-5: out of bounds"),
    "a parameter that there is not": ([R, "--set", "rows=5"], "has no such parameter"),
    "a scale of nothing": ([R, "--set", "cpu=0"], "not a number of times above 0"),
    "what is no number": ([R, "--set", "wait=much"], "not of the form NAME=NUMBER"),
    "a server that there is not": ([R, "--target", "nothing:2"], "no server `nothing`"),
    "a shape of a target": ([R, "--target", "uvicorn:2y"], "not of the form"),
    "a pool of nothing": ([R, "--pool", "0"], "--pool: 0 is out of bounds"),
    "a rate of a burst": ([R, "--rate", "5"], "burst arrivals have none"),
    "a rate that takes years": ([R, *POISSON, "--rate", "1e-9"], "--rate: 32 visitors at 1e-09 per second"),
    "a duration of years": ([R, *POISSON, "--rate", "1e-9", "--duration", "1e9"], "--duration: 1e+09 s is years"),
    "more visitors than can be": ([R, *POISSON, "--rate", "1e9", "--duration", "10"], "--rate"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_simulated_is_one_clear_line(words: list[str], told: str):
    with pytest.raises(BadInput) as refused:
        run(*words)
    line = refused.value.one_line()
    assert told in line
    assert "\n" not in line


SIZES_REFUSED = {
    "a rate beyond any capacity": (["--rate", "90000", "--p95", "1s"], "beyond any capacity"),
    "a time below what one takes alone": (["--rate", "5", "--p95", "100ms"], "alone already"),
    "a negative time": (["--rate", "5", "--p95", "-1s"], "is no time above 0"),
    "a time of which nobody knows the unit": (
        ["--rate", "5", "--p95", "500"],
        "`500` is no time above 0 with its unit",
    ),
    "a negative rate": (["--rate", "-5", "--p95", "1s"], "--rate: -5 is not above 0"),
    "a class that there is not": (["--rate", "5", "--p95", "1s", "--class", "slow"], "no visitors of “slow”"),
    "a burst": (["--rate", "5", "--p95", "1s", "--arrivals", "burst"], "have no rate to be held"),
    "a rate that takes years": (["--rate", "1e-9", "--p95", "1s"], "at 1e-09 per second would take years"),
    "a rate without end": (["--rate", "1e308", "--p95", "1s"], "--rate: 1e+308 is too large"),
    "more headroom than can be": (["--rate", "1e10", "--headroom", "9", "--p95", "1s"], "--rate: "),
    "a number of workers that is looked for": (
        ["--rate", "5", "--p95", "1s", "--target", "gunicorn-sync:3"],
        "--target gunicorn-sync:3: how many workers",
    ),
    "two numbers of visitors": (
        ["--rate", "5", "--p95", "1s", "--duration", "5", "--requests", "9"],
        "--duration and --requests: each says how many",
    ),
    "no headroom": (["--rate", "5", "--p95", "1s", "--headroom", "0"], "--headroom: 0 is not above 0"),
    "other cores, to be measured": (
        ["--rate", "5", "--p95", "1s", "--confirm", "--cores", "8", "--pool", "2"],
        "other cores and a pool can be simulated, and not measured here (leave that or --confirm out)",
    ),
    "a computing that nothing sets, to be measured": (
        ["--rate", "5", "--p95", "1s", "--confirm", "--set", "cpu=2"],
        "nothing in slow-io sets how long its pages compute",
    ),
}


@pytest.mark.parametrize(("words", "told"), SIZES_REFUSED.values(), ids=SIZES_REFUSED)
def test_what_cannot_be_sized_is_one_clear_line(words: list[str], told: str):
    with pytest.raises(BadInput) as refused:
        size(R, *words)
    assert told in refused.value.one_line()


def test_a_run_that_is_simulated_stopped_or_a_race_is_no_ground():
    saved = read_run(RECORDED)
    changed: dict[str, SavedRun] = {
        "is itself simulated": replace(saved, result=replace(saved.result, simulated=True)),
        "was stopped before its end": replace(saved, stopped=PartialRun(0, 1)),
        "is a race": replace(saved, result=replace(saved.result, mode="race")),
    }
    for words, run_ in changed.items():
        with pytest.raises(BadInput, match=words):
            measured_source._checked(run_, "a.avw", measured_run().source, lambda: 0)


def test_when_a_run_was_measured_is_told_and_not_when_its_file_was_copied():
    saved = read_run(RECORDED)
    clock = ClockPair(1_795_000_000_000_000_000, 1)
    assert measured_source._when(replace(saved, clock=clock), 0.0) == clock.local
    assert measured_source._when(replace(saved, clock=None), 0.0).startswith(("1970", "1969"))


def test_what_is_wrong_leaves_no_file_and_no_traceback(tmp_path: Path):
    file = tmp_path / "no.avw"
    done = command("simulate", R, "--target", "uvicorn\x1b[2J:2", "--save", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert not obeyed(done.stderr.strip("\n"))
    assert not file.exists()


def test_a_target_that_cannot_be_is_told_and_the_others_are_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    of = measured_run()
    lost = [replace(each, workers_ended=each.name == "uvicorn") for each in of.run.targets]
    half = of._replace(run=replace(of.run, targets=lost))
    _, outcome = commands._simulated(half, SimulationOptions(Options("")))
    assert [target.name for target in outcome.result.targets] == ["gunicorn-sync"]
    assert "not simulated: uvicorn: workers ended" in capsys.readouterr().err


def test_more_visitors_than_are_drawn_are_still_counted(tmp_path: Path):
    experiment, outcome = from_the_recorded_run(targets=("uvicorn:2",), arrivals="poisson", rate=100.0, requests=21_000)
    assert outcome.result.targets[0].requests.completed == 21_000
    assert any("Simulated: so many visitors" in line for line in simulation_report(experiment, outcome, 100))
    write_run(tmp_path / "large.avw", experiment.scenario, outcome)
    assert read_run(tmp_path / "large.avw").result.simulated is True


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--target", "nothing"], "no server `nothing`"),
        (["--set", "rows=5"], "has no such parameter"),
        (["--class", "slow"], "no visitors of “slow”"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_measured(
    words: list[str], told: str, monkeypatch: pytest.MonkeyPatch
):
    measured: list[str] = []
    monkeypatch.setattr(measured_source, "resolve_run_source", lambda words, *_, **__: lambda: measured.append(words))
    with pytest.raises(BadInput, match=told):
        size("slow-io", "--rate", "5", "--p95", "1s", *words)
    assert measured == []


@pytest.mark.parametrize("ask", [run, lambda source: size(source, "--rate", "5", "--p95", "1s")], ids=["run", "size"])
@pytest.mark.parametrize("what", [{"mode": "race"}, {"targets": []}], ids=["no ground", "no calibration"])
def test_what_was_measured_is_kept_where_it_cannot_be_simulated_from(
    ask, what: dict[str, object], monkeypatch: pytest.MonkeyPatch
):
    saved, stored = read_run(RECORDED), []
    lost = [replace(each, workers_ended=True) for each in saved.result.targets]
    result = replace(saved.result, **({"targets": lost} if "targets" in what else what))
    sourced = Sourced(replace(saved, result=result), 0, lambda: stored.append(True) or 0)
    monkeypatch.setattr(measured_source, "resolve_run_source", lambda *_, **__: lambda: sourced)
    with pytest.raises(BadInput):
        ask("slow-io")
    assert stored == [True]


def test_another_server_has_as_many_of_the_runs_workers_as_it_can():
    facts = [trace.facts for trace in measured_run().traces.values()]
    assert [each.workers for each in facts] == [2, 2]
    for name, workers in (("waitress", 1), ("gunicorn-gthread", 2)):
        ((target, _),) = wanted_targets(SimulationOptions(Options("", targets=(name,))), facts)
        assert target.workers == workers
    with pytest.raises(BadInput, match="waitress cannot have 2"):
        wanted_targets(SimulationOptions(Options("", targets=("waitress:2",))), facts)


def test_a_second_target_of_one_server_is_named():
    of = measured_run()
    asked = SimulationOptions(Options("", targets=("gunicorn-sync", "gunicorn-sync")))
    facts = [trace.facts for trace in of.traces.values()]
    known = {each.name: calibrate(of.traces[each.name], of.run, of.source) for each in facts}
    told: list[str] = []
    changed = changes(asked, of.scenario, of.run.parameters)
    assert len(asked_servers(asked, wanted_targets(asked, facts), known, changed, told.append)) == 1
    assert told == ["not sized: gunicorn-sync-2: gunicorn-sync is sized as gunicorn-sync already"]


def test_a_parameter_that_was_nothing_says_of_no_step_how_long_it_takes():
    of = measured_run()
    asked = SimulationOptions(Options("", parameters=("io_ms=5",)))
    with pytest.raises(BadInput, match="it was 0 in this run"):
        changes(asked, of.scenario, {"io_ms": 0})


def test_a_simulation_in_which_nobody_is_answered_says_so():
    _, outcome = from_the_recorded_run(targets=("gunicorn-sync",), timeout_s=0.01)
    assert "Nobody is answered" in outcome.result.verdict.words


@pytest.mark.parametrize(
    ("load", "ends", "closed"),
    [
        ({"targets": ("gunicorn-gthread:2x4",)}, True, False),
        ({"targets": ("granian-wsgi:2x4",)}, False, False),
        ({"targets": ("gunicorn-sync:2",), "arrivals": "closed", "concurrency": 4, "requests": 40}, False, True),
    ],
)
def test_the_note_tells_what_intervals_are_of(load: dict[str, object], ends: bool, closed: bool):
    told = " ".join(" ".join(simulation_report(*from_the_recorded_run(**load), 100)).split())
    assert ("the most even and the most uneven" in told) is ends
    assert ("Who comes when is the same" in told) is not closed
    assert ("comes again once it has its answer" in told) is closed
