"""Mode Vitals after `browse`: the browser's figures, and no more than they support; before it, how to get one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from saved_runs import FOLDER

from asgi_vs_wsgi.scenarios.analysis.web_vitals import guided, moved
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts, Measured, Vitals
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
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
    return told_of(*(vitals_with(load, click) for load, click in zip(loading, inp, strict=True)))


def vitals_with(load: list[float], click: list[float]) -> Vitals:
    return Vitals("/x", True, of(load), of(load), of(load), {"fetch": of(click)} if click else {})


def told_of(*measured: Vitals) -> tuple[str, str]:
    run = read_run(FOLDER / "slow-io.avw")
    targets = [replace(each, vitals=vitals) for each, vitals in zip(run.result.targets, measured, strict=True)]
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
        assert "shows no difference that counts" in told
        assert "INP moved with the server: INP of a click that fetches differs" in told


def test_too_few_visits_tell_nothing():
    for told in words([SLOW[:2], QUICK[:2]], [STILL[:2], STILL[:2]]):
        assert "Too few visits" in told
        assert "differs" not in told
        assert "did not move" not in told
    assert moved(of(SLOW[:2]), of(QUICK), 8.0) is None


def test_times_that_no_frame_rounds_are_told_apart_below_two_frames():
    for told in words([[4.0, 4.2, 4.4], [18.0, 18.3, 18.1]], [[8.0, 8.0, 8.0], [16.0, 16.0, 16.0]]):
        assert "TTFB differs, 4 ms at gunicorn-sync, 18 ms at uvicorn" in told.replace("4.4 ms", "4 ms")
        assert "LCP shows no difference that counts" in told
        assert "INP did not move" in told


def test_what_one_target_alone_was_measured_of_is_no_matter_of_rounds():
    for told in words([SLOW, QUICK], [STILL, []]):
        assert "At gunicorn-sync alone the browser told INP of a click that fetches." in told
        assert "Too few visits" not in told
    for told in words([SLOW * 7, QUICK * 7], [STILL, STILL[:2]]):
        assert "Too few visits told INP of a click that fetches for a difference" in told
        assert "from chance: in the others the browser told none." in told
        assert "--rounds" not in told
        assert "in 21 visits to each target" in told


def test_without_a_first_byte_the_visits_are_counted_by_what_there_is():
    paints = replace(vitals_with(SLOW, STILL), ttfb_ms=None)
    for told in told_of(paints, replace(paints, fcp_ms=None, lcp_ms=None)):
        assert "0 to 3 visits to a target" in told


def test_a_view_that_is_no_page_is_not_said_to_have_buttons():
    view = replace(vitals_with(SLOW, []), own_page=False)
    for told in told_of(view, view):
        assert "the view's answer, where nothing could be clicked" in told


def test_without_a_browser_nothing_of_one_is_told():
    run = read_run(FOLDER / "slow-io.avw")
    scenario = scenario_of(run.scenario)
    assert scenario
    told = vitals(ModeContext(scenario, run.result, [], 110, titles={"slow-io": "Slow I/O"})).plain
    assert "no browser was there" in told
    assert "asgi-vs-wsgi-tui browse slow-io" in told
    assert guided(run.result.targets) == []
    assert browser_lines(run.result, 110) == []


def test_the_key_is_not_named_where_it_does_nothing():
    run = read_run(FOLDER / "slow-io.avw")
    scenario = scenario_of(run.scenario)
    assert scenario
    own = replace(scenario, toml=replace(scenario.toml, summary=f"{OWN_PROJECT}: shop"))
    titles = {"slow-io": "Slow I/O"}
    measured = [replace(each, vitals=vitals_with(SLOW, STILL)) for each in run.result.targets]
    browsed = replace(run.result, targets=measured, browser=BrowserFacts("Chrome/150.0", "/usr/bin/chromium", 16))
    for result in (run.result, browsed):
        told = [
            vitals(ModeContext(each, result, [], 110, titles=known)).plain
            for each, known in ((scenario, titles), (scenario, {}), (own, titles))
        ]
        assert ["b asks" in each for each in told] == [True, False, False]


@pytest.mark.parametrize("slowest_ms", [100.0, 3000.0, 6000.0, 20_000.0, 100_000.0, 600_000.0])
def test_before_a_browser_no_mark_is_without_its_label_and_the_guide_values_is_always_there(slowest_ms):
    run = read_run(FOLDER / "slow-io.avw")
    scenario, ttfb = scenario_of(run.scenario), run.result.targets[0].ttfb_ms
    assert scenario
    assert ttfb
    slow = replace(run.result.targets[0], ttfb_ms=replace(ttfb, p75=slowest_ms))
    for width in (80, 110, 160):
        told = vitals(ModeContext(scenario, replace(run.result, targets=[slow]), [], width)).plain.splitlines()
        at = next(place for place, line in enumerate(told) if "800 ms" in line)
        scale, bar = told[at], told[at + 1]
        labelled = {scale.index(words) for words in ("800 ms", "1.8 s", "LCP 2.5 s") if words in scale}
        assert {place for place, sign in enumerate(bar) if sign == "│"} == labelled


def test_a_target_whose_name_reads_as_a_word_is_quoted_where_it_alone_was_measured():
    run = read_run(FOLDER / "slow-io.avw")
    first, second = run.result.targets
    targets = [
        replace(first, name="blocking", vitals=vitals_with(SLOW, STILL)),
        replace(second, vitals=vitals_with(QUICK, [])),
    ]
    result = replace(run.result, targets=targets, browser=BrowserFacts("Chrome/150.0", "/usr/bin/chromium", 16))
    assert "At “blocking” alone the browser told" in " ".join(" ".join(browser_lines(result, 110)).split())
