"""`check` of what a browser measured: judged over all its visits, and by no run that had none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checked_runs import called, check, recorded, rounds_of, saved, with_target
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.results import CheckResult, RoundFigures, RunResult
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts, Measured, Vitals


@pytest.fixture(autouse=True)
def _not_on_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run there, too."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


def test_figures_over_the_visits_of_all_rounds_are_judged_without_a_word_about_rounds(tmp_path: Path, capsys):
    for rounds in (rounds_of(browsed(), {}, {}, {}), of_before(rounds_of(browsed(), {}, {}, {}))):
        file = saved(tmp_path, browsed(), rounds)
        claim = "uvicorn/vitals.ttfb_ms.p75 < 0.5 * gunicorn-sync/vitals.ttfb_ms.p75"
        code, out, _ = check(capsys, file, "--assert", claim)
        assert (code, out.strip().splitlines()[-1].endswith(": holds")) == (0, True)
        code, out, _ = check(capsys, file, "--assert", "uvicorn/vitals.ttfb_ms.p75 > 1s", "--json")
        (told,) = json.loads(out)["asserts"]
        assert (code, told["holds"], told["rounds"]) == (3, False, 1)
    assert not [path for each in rounds_of(browsed(), {}) for path in each.figures if path.startswith("vitals.")]


def of_before(rounds: list[RoundFigures]) -> list[RoundFigures]:
    """As they were told once: the one number, and a worker's pid, in each of them."""
    more = {"vitals.ttfb_ms.p75": 100.0, "workers_seen.max.pid": 4711.0}
    return [replace(each, figures=each.figures | more) for each in rounds]


def browsed(*, by_browser: bool = True) -> RunResult:
    """The recorded run as if a browser had been there: a first byte after 0.9 s and 0.1 s."""
    made = recorded()
    for name, ms in (("gunicorn-sync", 900.0), ("uvicorn", 100.0)):
        ttfb = Measured(ms, ms, ms, [ms] * 12)
        checks = [
            CheckResult("seen", "vitals.ttfb_ms.p75", "< 2s", ms if by_browser else None, by_browser or None),
            CheckResult("beside", "ttfb_ms.p75", "< 9 * uvicorn/vitals.ttfb_ms.p75", ms, by_browser or None),
        ]
        vitals = Vitals("/x", True, ttfb, None, None, {}) if by_browser else None
        made = with_target(made, name, vitals=vitals, checks=checks)
    return replace(made, browser=BrowserFacts("Chrome/150.0", "/chromium", 16) if by_browser else None)


def test_strict_skips_what_only_a_browser_could_have_measured(tmp_path: Path, capsys):
    laws = "laws of the recorded run hold"
    without, _, _ = check(capsys, saved(tmp_path, browsed(by_browser=False), []), "--strict", "--json")
    assert without == 0, laws
    code, out, _ = check(capsys, saved(tmp_path, browsed(), []), "--strict", "--junit", str(tmp_path / "j.xml"))
    assert (code, 'name="seen"' in (tmp_path / "j.xml").read_text()) == (0, True), out


@pytest.mark.parametrize(
    "claim",
    [
        "uvicorn/vitals.ttfb_ms.p75 < 1s",
        "uvicorn/ttfb_ms.p75 < 2 * uvicorn/vitals.driver_ttfb_ms",
        "uvicorn/vitals.inp_ms.fetch.p75 < 100ms",
    ],
)
def test_a_claim_that_no_run_can_bear_out_is_refused_before_it(capsys, claim: str):
    code, _, err = called(capsys, "run", "slow-io", "--assert", claim)
    assert code == 2
    assert "is measured by a browser, and `run` has none (`browse --save FILE`, then `check`)" in err
    assert "starting" not in err
