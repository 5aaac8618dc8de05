"""`check FILE --assert CLAIM`: what holds, what does not, what noise leaves undecided, what is no claim."""

from __future__ import annotations

import dataclasses
import json

import pytest
import saved_runs
from checked_runs import (
    FAILS,
    HOLDS,
    P95,
    RECORDED,
    UNDECIDED,
    UNMEASURED,
    called,
    check,
    recorded,
    rounds_of,
    saved,
    with_target,
)
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.assertions.thresholds import checked_claims, judged, known_of, measured_of
from asgi_vs_wsgi.scenarios.results import (
    AssertResult,
    DriverFigures,
    MachineShare,
    RequestCounts,
    RunResult,
    VerdictResult,
)
from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
from asgi_vs_wsgi.tui.modes.tips import tips

NOBODY = VerdictResult(None, None, "latency_ms.p95", "no verdict: the run was stopped")


@pytest.fixture(autouse=True)
def _not_on_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run there, too."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Four rounds; uvicorn's p95 is 0.22 s in all but the second, in which it is twice as long."""
    return saved(tmp_path_factory.mktemp("noisy"), recorded(), rounds_of(recorded(), {}, {P95: 2}, {}, {}))


REFUSED = {
    "uvicron/latency_ms.p95 < 1s": "did you mean `uvicorn`? there are gunicorn-sync and uvicorn",
    "granian-asgi/latency_ms.p95 < 1s": "gunicorn-sync",
    "uvicorn/latency_ms.p95 < 0.5 * gunicorn/latency_ms.p95": "did you mean `gunicorn-sync`?",
    "uvicorn/latency_ms.p96 < 1s": "did you mean `latency_ms.p99`?",
    "uvicorn/p95 < 1s": "did you mean `latency_ms.p95`,",
    "uvicorn/requests.failled == 0": "did you mean `requests.failed`?",
    "uvicorn/classes.fast.latency_ms.p95 < 1s": "no figure of a target's result",
    "latency_ms.p95 < 1s": "`gunicorn-sync/latency_ms.p95` or `uvicorn/latency_ms.p95`",
    "uvicorn/latency_ms.p95 < baseline:uvicorn/latency_ms.p95": "--baseline OLD.avw",
    "uvicorn/latency_ms.p95 < 80MiB": "`latency_ms.p95` is a time, and `MiB` is of memory",
    "uvicorn/requests.failed < 1%": "or a part of others: `< 0.01 * uvicorn/requests.planned`",
    "uvicorn/latency_ms.p95 < uvicorn/requests.completed": "`requests.completed` is a number",
    "uvicorn/latency_ms.p95 < 3 parsecs": "there is no unit `parsecs`",
    "uvicorn is quick": "it compares with nothing",
}


@pytest.mark.parametrize("claim", HOLDS)
def test_a_claim_that_all_rounds_bear_out_holds(noisy, capsys, claim):
    code, out, err = check(capsys, noisy, "--assert", claim)
    assert (code, err) == (0, "")
    assert "holds in all 4 rounds" in out.replace("\n  ", " ")


@pytest.mark.parametrize("claim", FAILS)
def test_a_claim_that_no_round_bears_out_does_not_hold(noisy, capsys, claim):
    code, out, err = check(capsys, noisy, "--assert", claim)
    assert code == 3
    assert "DOES NOT HOLD in any of 4 rounds" in out.replace("\n  ", " ")
    assert err == "asgi-vs-wsgi-tui: of 1 claim 1 does not hold\n"


@pytest.mark.parametrize("claim", UNDECIDED)
def test_a_claim_that_some_rounds_bear_out_is_undecided_and_fails_where_that_is_asked_for(noisy, capsys, claim):
    code, out, err = check(capsys, noisy, "--assert", claim)
    assert code == 0
    assert "of 4 rounds bear it out" in out.replace("\n  ", " ")
    assert "1 is undecided (--strict takes that for a failure)" in err
    assert check(capsys, noisy, "--assert", claim, "--strict")[0] == 3


@pytest.mark.parametrize("claim", UNMEASURED)
def test_a_figure_that_was_not_measured_bears_nothing_out(noisy, capsys, claim):
    code, out, _ = check(capsys, noisy, "--assert", claim, "--json")
    assert code == 3
    (told,) = json.loads(out)["asserts"]
    assert (told["measured"] is None or told["bound"] is None, told["holds"]) == (True, False)
    assert told["reason"] == "not measured on “uvicorn”"


@pytest.mark.parametrize(("claim", "said"), REFUSED.items())
def test_what_is_no_claim_of_this_run_is_one_line_and_exit_2(noisy, capsys, tmp_path, claim, said):
    code, out, err = check(capsys, noisy, "--assert", claim, "--junit", str(tmp_path / "j.xml"))
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith(f"asgi-vs-wsgi-tui: --assert {claim}: ")
    assert said in line
    assert list(tmp_path.iterdir()) == []


# ---- noise


def told_of(capsys, folder, result, rounds, claim) -> dict[str, object]:
    _, out, _ = check(capsys, saved(folder, result, rounds), "--assert", claim, "--json")
    return json.loads(out)["asserts"][0]


def test_a_run_that_was_saved_before_rounds_were_kept_is_judged_by_what_it_tells_of_them(capsys):
    code, out, _ = check(
        capsys, str(RECORDED), "--assert", f"uvicorn/{P95} < 1s", "--assert", "uvicorn/latency_ms.p50 < 1s"
    )
    assert code == 0
    first, second = (line for line in out.replace("\n  ", " ").splitlines() if "“uvicorn”" in line)
    assert first.endswith("holds in all 3 rounds")
    assert second.endswith("expected below 1.00 s: holds")


@pytest.mark.parametrize(("rounds", "holds"), [(1, True), (2, True), (3, None)])
def test_with_fewer_than_three_rounds_the_median_decides(tmp_path, capsys, rounds, holds):
    changes: list[dict[str, float]] = [{}, {P95: 2}, {}]
    told = told_of(capsys, tmp_path, recorded(), rounds_of(recorded(), *changes[:rounds]), f"uvicorn/{P95} < 300ms")
    assert told["holds"] is holds


@pytest.mark.parametrize(
    ("claim", "taken", "holds"),
    [
        (f"uvicorn/{P95} < 1s", 0.5, True),  # others only made it slower
        (f"uvicorn/{P95} < 200ms", 0.5, None),
        (f"uvicorn/{P95} < 200ms", 0.0, False),
        (f"uvicorn/{P95} < 100ms", 0.4, False),  # not even without them
        (f"uvicorn/{P95} > 200ms", 0.5, None),
        ("uvicorn/throughput_rps > 300/s", 0.6, None),
        ("uvicorn/requests.failed == 0", 0.6, True),  # no time
        (f"gunicorn-sync/{P95} > 10 * uvicorn/{P95}", 0.6, None),
    ],
)
def test_what_others_on_the_machine_may_have_made_is_undecided(tmp_path, capsys, claim, taken, holds):
    result = recorded()
    for each in result.targets if taken else ():
        result = with_target(result, each.name, machine=MachineShare(taken, 0.0))
    told = told_of(capsys, tmp_path, result, rounds_of(result, {}, {}, {}), claim)
    assert told["holds"] is holds
    if holds is None:
        assert "of the machine, which may be why" in str(told["reason"])


def test_a_round_that_others_disturbed_is_left_out_where_three_remain(tmp_path, capsys):
    rounds = rounds_of(recorded(), {}, {}, {}) + [
        replace(each, round=4, taken=0.9) for each in rounds_of(recorded(), {P95: 3})
    ]
    told = told_of(capsys, tmp_path, recorded(), rounds, f"uvicorn/{P95} < 500ms")
    assert (told["holds"], told["rounds"]) == (True, 3)
    fewer = [each for each in rounds if each.round != 3]
    told = told_of(capsys, tmp_path, recorded(), fewer, f"uvicorn/{P95} < 500ms")
    assert (told["holds"], told["reason"]) == (
        None,
        "in 1 of 3 rounds others took 90% of the machine, which may be why",
    )


def test_of_a_run_of_before_all_rounds_were_as_disturbed_as_the_one_that_is_told(tmp_path, capsys):
    busy = with_target(recorded(), "uvicorn", machine=MachineShare(0.5, 0.0))
    assert told_of(capsys, tmp_path, busy, [], f"uvicorn/{P95} < 200ms")["holds"] is None


def test_where_the_rounds_and_what_is_told_of_them_do_not_agree_nothing_is_decided(tmp_path, capsys):
    rounds = rounds_of(recorded(), *[{P95: 0.1}] * 3)
    told = told_of(capsys, tmp_path, recorded(), rounds, f"uvicorn/{P95} < 100ms")
    assert (told["holds"], told["reason"]) == (None, "3 of 3 rounds bear it out, and the medians say otherwise")


def test_times_that_the_driver_or_a_race_may_have_made_decide_nothing(tmp_path, capsys):
    late = with_target(recorded(), "uvicorn", driver=DriverFigures(50.0, 0.5, True))
    told = told_of(capsys, tmp_path, late, rounds_of(late, {}, {}, {}), f"uvicorn/{P95} < 1s")
    assert (told["holds"], told["reason"]) == (None, "in 3 of 3 rounds the load driver itself was the limit")
    race = replace(recorded(), mode="race")
    told = told_of(capsys, tmp_path, race, rounds_of(race, {}), f"uvicorn/{P95} < 1s")
    assert (told["holds"], "indicative" in str(told["reason"])) == (None, True)
    assert told_of(capsys, tmp_path, race, rounds_of(race, {}), "uvicorn/requests.failed == 0")["holds"] is True


def failing(result: RunResult) -> RunResult:
    """Uvicorn served two of 32."""
    return with_target(
        result, "uvicorn", requests=RequestCounts(32, 2, 30, 0, 0, {"status": 30}, {"200": 2, "500": 30}, 0)
    )


def test_the_times_of_a_server_that_served_hardly_anybody_bear_nothing_out(tmp_path, capsys):
    result = failing(recorded())
    file = saved(tmp_path, result, rounds_of(result, {}, {}, {}))
    code, out, _ = check(
        capsys, file, "--assert", f"uvicorn/{P95} < 1s", "--assert", "uvicorn/requests.failed <= 3", "--json"
    )
    quick, few = json.loads(out)["asserts"]
    assert code == 3
    assert (quick["holds"], quick["reason"]) == (False, "most requests were not served: 2 of 32 were")
    assert (few["holds"], few["measured"], few["reason"]) == (False, 30, None)


def test_a_round_without_the_figure_is_as_none(tmp_path, capsys):
    rounds = rounds_of(recorded(), {}, {}, {}, {})
    lost = {path: value for path, value in rounds[-1].figures.items() if path != P95}
    told = told_of(
        capsys, tmp_path, recorded(), [*rounds[:-1], replace(rounds[-1], figures=lost)], f"uvicorn/{P95} < 1s"
    )
    assert (told["holds"], told["reason"]) == (False, "in 1 of 4 rounds: not measured")


def test_one_round_in_which_hardly_anybody_was_served_is_no_noise(tmp_path, capsys):
    rounds = rounds_of(recorded(), {}, {}, {}, {})
    unserved = "most requests were not served: 2 of 32 were"
    rounds = [replace(each, unjudged=unserved) if each.round == 2 else each for each in rounds]
    told = told_of(capsys, tmp_path, recorded(), rounds, f"uvicorn/{P95} < 1s")
    assert (told["holds"], told["reason"]) == (False, f"in 1 of 4 rounds: {unserved}")


# ---- an earlier run


def test_a_run_is_compared_with_an_earlier_one_and_what_else_differs_is_told(tmp_path, capsys):
    slower = rounds_of(recorded(), *[{P95: times} for times in (1.5, 1.6, 1.7)])
    uvicorn = next(each for each in recorded().targets if each.name == "uvicorn")
    assert uvicorn.latency_ms
    changed = with_target(
        recorded(), "uvicorn", latency_ms=replace(uvicorn.latency_ms, p95=uvicorn.latency_ms.p95 * 1.6)
    )
    file = saved(tmp_path, replace(changed, parameters={"io_ms": 300}), slower)
    claims = ["--assert", f"uvicorn/{P95} <= 1.1 * baseline:uvicorn/{P95}", "--assert", f"baseline:uvicorn/{P95} < 1s"]
    code, out, err = check(capsys, file, *claims, "--baseline", str(RECORDED))
    assert code == 3
    assert "at most 1.1 × that of “uvicorn” in the baseline (0.24 s): DOES NOT HOLD" in out.replace("\n  ", " ")
    assert "“uvicorn” in the baseline: p95 latency 0.22 s" in out
    assert "the baseline ran otherwise: io_ms 300 instead of 200" in err


def test_rounds_of_the_earlier_run_have_their_say(tmp_path, capsys, noisy):
    file = saved(tmp_path, recorded(), rounds_of(recorded(), {}, {}, {}))
    claim = f"baseline:uvicorn/{P95} > 1.5 * uvicorn/{P95}"  # as it is in one of its rounds
    code, out, _ = check(capsys, file, "--assert", claim, "--baseline", noisy)
    assert (code, "UNDECIDED: 1 of 7 rounds bear it out" in out.replace("\n  ", " ")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--assert", f"uvicorn/{P95} < baseline:uvicron/{P95}", "--baseline", str(RECORDED)], "`baseline:uvicorn`?"),
        (["--assert", f"uvicorn/{P95} < 1s", "--baseline", str(RECORDED)], "--baseline: no claim compares with it"),
        (["--assert", f"uvicorn/{P95} < baseline:uvicorn/{P95}", "--baseline", "/no.avw"], "--baseline /no.avw"),
        ([], "nothing is claimed of it (add --assert or --strict)"),
        (["--junit", "/nowhere/j.xml", "--strict"], "--junit /nowhere/j.xml: there is no folder /nowhere"),
    ],
)
def test_what_is_wrong_beside_the_claims_is_one_line_too(capsys, arguments, said):
    code, out, err = check(capsys, str(RECORDED), *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_run_and_its_junit_file_are_two(tmp_path, capsys):
    file = str(tmp_path / "x")
    code, _, err = called(capsys, "run", "slow-io", "--save", file, "--junit", f"{tmp_path}/./x", "--strict")
    assert (code, err.count("the run is to be saved there")) == (2, 1)


def test_a_run_that_was_stopped_after_whole_rounds_is_judged_by_them_and_says_so(tmp_path, capsys):
    file = saved(tmp_path, recorded(), rounds_of(recorded(), {}, {}, {}), PartialRun(3, 5))
    code, out, _ = check(capsys, file, "--assert", HOLDS[0])
    assert (code, "stopped in round 4 of 5: the figures are of 3 rounds" in out) == (0, True)


def test_a_run_without_figures_is_refused(tmp_path, capsys):
    file = saved(tmp_path, replace(recorded(), targets=[], rounds=[], ladder=[], verdict=NOBODY), [], PartialRun(0, 3))
    assert "it was stopped in its first round" in check(capsys, file, "--strict")[2]


def test_a_run_keeps_its_claims_and_they_are_judged_again(tmp_path, capsys):
    rounds = rounds_of(recorded(), {}, {}, {})
    _, out, _ = check(capsys, saved(tmp_path, recorded(), rounds), "--assert", f"uvicorn/{P95} < 1s", "--json")
    told = json.loads(out)["asserts"][0]
    kept = replace(recorded(), asserts=[AssertResult(**told)])
    code, out, _ = check(capsys, saved(tmp_path, kept, rounds))
    assert code == 0
    assert "expected below 1.00 s: holds in all 3 rounds" in out.replace("\n  ", " ")
    wrong = replace(kept, asserts=[AssertResult(**(told | {"claim": "nonsense"}))])
    assert "is wrong inside: what is claimed is no claim" in check(capsys, saved(tmp_path, wrong, rounds))[2]


def test_the_claims_of_a_saved_run_are_in_its_tips():
    result = recorded()
    claims = checked_claims([HOLDS[0], FAILS[0]], known_of(result), None)
    asserts = [judged(claim, measured_of(result, []), None) for claim in claims]
    sight = saved_runs.after("slow-io", 120)
    sight = dataclasses.replace(sight, result=replace(result, asserts=asserts))
    shown = tips(sight).plain
    assert "Claims of this run" in shown
    assert "(1.61 s): holds in all 3 rounds" in " ".join(shown.split())
    assert "Claims of this run" not in tips(saved_runs.after("slow-io", 120)).plain
