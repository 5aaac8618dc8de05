"""Mode Vitals after `browse`: the browser's figures, and no more than they support; before it, how to get one."""

from __future__ import annotations

from msgspec.structs import replace
from saved_runs import FOLDER

from asgi_vs_wsgi.scenarios.analysis.web_vitals import guided, moved
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts, Measured, Vitals
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.modes.vitals import vitals
from asgi_vs_wsgi.tui.playback.loader import scenario_of
from asgi_vs_wsgi.tui.report.browser import browser_lines

SLOW, QUICK, STILL = [870.0, 850.0, 890.0], [120.0, 118.0, 125.0], [16.0, 8.0, 16.0]


def of(samples: list[float]) -> Measured:
    return Measured(sorted(samples)[-1], min(samples), max(samples), samples)


def words(loading: list[list[float]], inp: list[list[float]]) -> tuple[str, str]:
    """Of the mode and of the report."""
    run = read_run(FOLDER / "slow-io.avw")
    targets = [
        replace(target, vitals=Vitals("/x", True, of(load), of(load), of(load), {"fetch": of(click)}))
        for target, load, click in zip(run.result.targets, loading, inp, strict=True)
    ]
    result = replace(run.result, targets=targets, browser=BrowserFacts("Chrome/150.0", "/usr/bin/chromium", 16))
    scenario = scenario_of(run.scenario)
    assert scenario
    mode = vitals(ModeContext(scenario, result, [], 110)).plain
    return " ".join(mode.split()), " ".join(" ".join(browser_lines(result, 110)).split())


def test_it_says_that_loading_differs_and_inp_does_not():
    for told in words([SLOW, QUICK], [STILL, STILL]):
        assert "TTFB differs, 0.89 s at gunicorn-sync, 0.12 s at uvicorn" in told.replace("0.13 s", "0.12 s")
        assert "INP did not move with the server for a click that fetches." in told
        assert "INP moved" not in told
        assert "Chrome/150.0 in 3 visits to each target, beside 16 visitors at a time" in told


def test_it_says_that_inp_moved_where_it_did():
    for told in words([SLOW, SLOW], [SLOW, QUICK]):
        assert "does not differ by more than its spread" in told
        assert "INP moved with the server: INP of a click that fetches differs" in told


def test_too_few_visits_tell_nothing():
    for told in words([SLOW[:2], QUICK[:2]], [STILL[:2], STILL[:2]]):
        assert "Too few visits" in told
        assert "differs" not in told
        assert "did not move" not in told
    assert moved(of(SLOW[:2]), of(QUICK)) is None


def test_without_a_browser_nothing_of_one_is_told():
    run = read_run(FOLDER / "slow-io.avw")
    scenario = scenario_of(run.scenario)
    assert scenario
    told = vitals(ModeContext(scenario, run.result, [], 110)).plain
    assert "no browser was there" in told
    assert "asgi-vs-wsgi-tui browse slow-io" in told
    assert guided(run.result.targets) == []
    assert browser_lines(run.result, 110) == []
