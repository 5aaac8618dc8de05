"""A run as one page: its figures are the document's, and its rows the screen's."""

from __future__ import annotations

import json
import re
from array import array
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from made_mutants import mutant
from made_result import made_result
from made_runs import made_run
from made_traces import MS, on_loops, on_threads
from msgspec.structs import replace
from opened_page import Page, made, page, recorded
from saved_runs import RUNS

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.load.visits import Visits
from asgi_vs_wsgi.scenarios.results.assertion import AssertResult
from asgi_vs_wsgi.scenarios.results.browser import BrowserFacts, Measured, Vitals
from asgi_vs_wsgi.scenarios.results.outcome import ClockPair, Outcome, PartialRun, PartialTarget
from asgi_vs_wsgi.scenarios.results.target_parts import RequestSent
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, saved_run
from asgi_vs_wsgi.scenarios.trace.states import FOREVER, State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.commands.save_run import Storage, check_files
from asgi_vs_wsgi.tui.drawing.glyphs import code
from asgi_vs_wsgi.tui.drawing.lanes.bars import BarRow
from asgi_vs_wsgi.tui.drawing.lanes.lane_layout import LaneLayout
from asgi_vs_wsgi.tui.drawing.plain_text import time_span
from asgi_vs_wsgi.tui.drawing.visitor_story import story
from asgi_vs_wsgi.tui.html_report.markup import shown, with_code
from asgi_vs_wsgi.tui.html_report.page import SIMULATED, report_page
from asgi_vs_wsgi.tui.playback.loader import scenario_of
from asgi_vs_wsgi.tui.report.browser import BROWSER_TITLE
from asgi_vs_wsgi.tui.report.findings import cause_words, claim_lines

# ---- figures


UNITS = {"ms": 1, "s": 1000}
PATHS = {
    "makespan": lambda target: target["makespan_s"] * 1000,
    "a lone request": lambda target: target["service_s"] * 1000,
    "first byte p75": lambda target: target["ttfb_ms"]["p75"],
    "in line p50": lambda target: target["queue_ms"]["p50"],
    "in line p95": lambda target: target["queue_ms"]["p95"],
} | {f"latency {name}": lambda target, name=name: target["latency_ms"][name] for name in ("p50", "p95", "p99", "max")}
STATES = {state.words: state.label for state in State}


def is_written(cell: str, ms: float) -> bool:
    """Whether a cell says this time, to the digits that it has."""
    found = re.match(r"(<?)([\d.]+) (ms|s)", cell)
    assert found, cell
    value = float(found[2]) * UNITS[found[3]]
    digits = len(found[2].partition(".")[2])
    return ms < value if found[1] else abs(ms - value) <= 0.5001 * 10**-digits * UNITS[found[3]]


@pytest.mark.parametrize("name", RUNS)
def test_the_figures_of_the_page_are_those_of_the_json(name: str):
    document = json.loads(msgspec.json.encode(recorded(name).result))
    head, *rows = page(name).tables["Figures"]
    assert head[1:] == [target["name"] for target in document["targets"]]
    told = {row[0]: row[1:] for row in rows}
    checked = [
        is_written(cell, of(target))
        for label, of in PATHS.items()
        for cell, target in zip(told.get(label, ()), document["targets"], strict=False)
        if cell != "–"
    ]
    assert len(checked) >= 6 * len(document["targets"])
    assert all(checked)
    assert told["completed"] == [
        f"{target['requests']['completed']}/{target['requests']['planned']}" for target in document["targets"]
    ]


@pytest.mark.parametrize("name", RUNS)
def test_the_states_of_the_page_are_those_of_the_json(name: str):
    document = json.loads(msgspec.json.encode(recorded(name).result))
    rows = page(name).tables["Mean time of a request in each state"][1:]
    checked = [
        is_written(cell, target["states_ms"][STATES[label]])
        for label, *cells in rows
        for cell, target in zip(cells, document["targets"], strict=True)
        if label in STATES and cell not in ("", "–")
    ]
    assert len(checked) > 4
    assert all(checked)


def test_a_wrong_figure_would_be_found():
    assert is_written("3.24 s", 3238.1)
    assert not is_written("3.24 s", 3246.0)
    assert is_written("<0.1 ms", 0.04)
    assert not is_written("4.2 ms", 4.3)


def test_verdict_laws_checks_and_lesson_stand_in_it():
    words, result = page("slow-io").words, recorded("slow-io").result
    assert result.verdict.words in words
    assert all(check.name in words for target in result.targets for check in target.checks)
    assert "When it does not apply" in words
    assert "def sync_page" in words.replace("\n", " ")
    assert "the last of them have a page?" in words, "the questions of the scenario"


# ---- lanes


@pytest.mark.parametrize("name", RUNS)
def test_its_rows_are_those_of_the_screen(name: str):
    pack = page(name).pack
    for rows, trace in zip(pack.rows, recorded(name).traces(), strict=True):
        layout, span = LaneLayout(trace), time_span(trace)
        layout.update_rows(
            sorted(range(len(trace.visits)), key=lambda row: h.begin_ns if (h := trace.handling(row)) else 0)
        )
        screen: list[BarRow] = [row for group in layout.groups for row in (*group.fixed, *group.lines)]
        bars = [(head, told) for head, told in rows if head["kind"] in ("bars", "loop", "beside")]
        assert [head["label"] for head, _ in bars] == [row.label(span.end_ns).strip() for row in screen]
        for (_head, told), row in zip(bars, screen, strict=True):
            drawn = [index for index, at_ns in enumerate(row.starts_ns) if at_ns < span.end_ns]
            assert [bar.number for bar in told] == [row.number(index) for index in drawn]
            for bar, index in zip(told, drawn, strict=True):
                start_ns = row.starts_ns[index] - span.start_ns
                assert abs(bar.pieces[0][1] - start_ns) <= pack.head["unit_ns"]
                for state in (State.BLOCKED, State.RUNNING):
                    pieces = row.pieces(index, 0, FOREVER)
                    screen_ns = sum(
                        min(to_ns, span.end_ns) - from_ns
                        for each, from_ns, to_ns in pieces
                        if each is state and from_ns < span.end_ns
                    )
                    page_ns = sum(to_ns - from_ns for role, from_ns, to_ns in bar.pieces if role == code(state))
                    many = len(bar.pieces) + 1
                    if all(role <= 2 * len(State) for role, _, _ in bar.pieces):
                        assert abs(screen_ns - page_ns) <= many * pack.head["unit_ns"]


def test_the_pieces_of_an_answer_stand_on_its_bar_when_they_came():
    trace = on_threads(4)
    begin_ns, done_ns = trace.visits.sent_ns[2], trace.visits.done_ns[2]
    times_ns = [begin_ns + (done_ns - begin_ns) * part // 4 for part in range(1, 5)]
    trace.visits.pieces.put(2, 4, array("q", times_ns))
    told = Page(report_page(saved_run(load_catalog().find("slow-io"), Outcome(made_result(), [trace, on_loops(4)]))))
    pack, start_ns = told.pack, time_span(trace).start_ns
    bars = {bar.number: bar for head, bars in pack.rows[0] if head["kind"] == "bars" for bar in bars}
    assert [number for number, bar in bars.items() if bar.ticks] == [3]
    assert [round(at_ns / 1000) for at_ns in bars[3].ticks] == [(at_ns - start_ns) // 1000 for at_ns in times_ns]
    assert "piece of an answer" in told.words


@pytest.mark.parametrize("name", RUNS)
def test_the_line_is_as_long_as_on_the_screen(name: str):
    pack = page(name).pack
    for rows, trace in zip(pack.rows, recorded(name).traces(), strict=True):
        layout, span = LaneLayout(trace), time_span(trace)
        layout.update_rows(range(len(trace.visits)))
        changes = next(told for head, told in rows if head["label"] == "in line")
        seen = 0
        for (at_ns, count), (next_ns, _) in zip(changes, [*changes[1:], (span.length_ns, 0)], strict=True):
            if next_ns - at_ns > 4 * pack.head["unit_ns"]:  # between two changes, away from either
                assert layout.in_line(span.start_ns + (at_ns + next_ns) // 2) == count
                seen += 1
        assert seen >= 2


def test_a_visitor_is_told_of_in_the_words_of_the_screen():
    pack = page("blocked-loop").pack
    for stories, trace in zip(pack.stories, recorded("blocked-loop").traces(), strict=True):
        end_ns = time_span(trace).end_ns
        assert stories == [story(trace, row, end_ns) for row in range(len(trace.visits))]


def test_what_is_simulated_says_so_over_every_block_of_figures_and_on_the_lanes():
    saved = made()
    told = Page(report_page(replace(saved, result=replace(saved.result, simulated=True))))
    assert told.pack.head["simulated"] == SIMULATED
    signs = told.html.count(f">{SIMULATED}<")
    assert signs >= len(told.tables) + 3, "and the verdict, the lanes, the code"
    assert "Measured:" not in told.words
    assert SIMULATED not in report_page(saved)


# ---- runs that lack something


def test_a_run_that_was_stopped_before_its_end_has_a_page_without_figures():
    trace, nobody = on_threads(4), on_loops(4)
    nobody = TargetTrace(nobody.facts, Visits(4, first_id=100))
    nobody.add_worker(7)
    end_ns = time_span(trace).end_ns + 100 * MS
    stopped = PartialRun(0, 1, at_ns=end_ns, visitors=[PartialTarget("gunicorn-sync", 2, 4)])
    outcome = Outcome(replace(made_result(), targets=[], rounds=[]), [trace, nobody], stopped)
    told = Page(report_page(saved_run(load_catalog().find("slow-io"), outcome)))
    assert "no figures; served: gunicorn-sync 2 of 4" in told.words
    assert "Figures" not in told.tables
    head = told.pack.head
    assert head["extent"] * head["unit_ns"] == end_ns - time_span(trace).start_ns, "nobody came to the other target"
    assert told.pack.stories[1] == [f"Visitor {number} has not come yet." for number in range(1, 5)]


def test_a_scenario_that_this_version_cannot_read_has_a_page_all_the_same():
    saved = made()
    told = Page(report_page(replace(saved, scenario=replace(saved.scenario, toml="title = 3"))))
    assert "slow-io" in told.words
    assert told.tables["Figures"]


def test_without_a_look_into_workers_no_lanes_are_made_up():
    saved = made()
    blind = replace(saved, targets=[replace(target, workers=[]) for target in saved.targets])
    told = Page(report_page(blind))
    assert "not looked into" in told.words
    assert not [tag for tag, _ in told.elements if tag == "canvas"]


def test_a_page_of_one_target_is_about_that_one():
    saved = recorded("slow-io")
    (trace,) = [trace for trace in saved.traces() if trace.facts.name == "uvicorn"]
    told = Page(report_page(saved, [trace]))
    assert told.tables["Figures"][0] == ["", "uvicorn"]
    assert [target["name"] for target in told.pack.head["targets"]] == ["uvicorn"]


def test_a_page_of_one_target_says_why_in_the_words_of_the_whole_run():
    """The verdict is of all, and so are what is said for it, what is warned of, and the answers of the questions."""
    saved = recorded("slow-io")
    (trace,) = [trace for trace in saved.traces() if trace.facts.name == "uvicorn"]
    html = report_page(saved, [trace])
    why = with_code(cause_words(saved.result, saved.scenario.views))
    assert why
    assert why in html
    questions = [words for words in page("slow-io").words.split("\n") if "Measured:" in words]
    assert questions
    assert [words for words in Page(html).words.split("\n") if "Measured:" in words] == questions


def test_what_a_browser_measured_what_was_claimed_and_what_was_asked_for_are_on_the_page():
    saved = recorded("slow-io")

    def measured(ms: float) -> Measured:
        return Measured(ms, ms, ms, [ms])

    targets = [
        replace(
            target,
            vitals=Vitals("/x", True, measured(866.0 * place), None, None, {}),
            classes=[replace(each, request=RequestSent("POST", ["/slow-io/x?page=7"], 9)) for each in target.classes],
        )
        for place, target in enumerate(saved.result.targets, 1)
    ]
    claim = AssertResult("uvicorn/latency_ms.p95 < 200ms", "uvicorn", "latency_ms.p95", 230.0, 200.0, holds=False)
    browser = BrowserFacts("Chrome/150", "/chrome", 4)
    result = replace(saved.result, targets=targets, browser=browser, asserts=[claim])
    told = Page(report_page(replace(saved, result=result)))
    assert told.tables[BROWSER_TITLE][1][2:4] == ["0.87 s (0.87 s to 0.87 s)", "1.73 s (1.73 s to 1.73 s)"]
    assert "Measured by Chrome/150 in 1 visit to each target, beside 4 visitors at a time" in told.words
    assert next(claim_lines(result)) in told.words
    assert "DOES NOT HOLD" in told.words
    assert "/slow-io/x?page=7" in told.words
    summary = scenario_of(saved.scenario).toml.summary.rpartition("}")[2]
    assert len(summary) > 5
    assert summary in page("slow-io").words
    assert summary not in told.words, "it tells of another load"


@pytest.mark.parametrize("clock", [None, ClockPair(1_764_000_000_000_000_000, 1)])
def test_a_date_that_is_guessed_is_said_to_be(clock: ClockPair | None):
    words = Page(report_page(replace(made(), clock=clock), saved_ns=1_764_000_000_000_000_000)).words
    assert "2025-11-24 16:00 UTC" in words
    assert ("when its file was written" in words) is (clock is None)


def test_a_run_that_was_changed_at_random_has_a_page_or_is_refused(tmp_path: Path):
    data, pages = made_run(tmp_path).read_bytes(), 0
    for seed in range(24):
        file = tmp_path / f"{seed}.avw"
        file.write_bytes(mutant(data, seed))
        with suppress(BadInput):
            told = Page(report_page(read_run(file)))
            assert "canvas" not in [tag for tag, _ in told.elements] or told.pack.stories
            pages += 1
    assert 0 < pages < 24


# ---- the option of `run`


def stored(tmp_path: Path, html: Path) -> int:
    storage = Storage(load_catalog().find("slow-io"), keep=False, save=str(tmp_path / "run.avw"), html=str(html))
    storage.store(Outcome(made_result(), [on_threads(4), on_loops(4)]))
    return storage.tell()


def test_run_writes_the_page_beside_the_file_of_the_run(tmp_path: Path):
    assert stored(tmp_path, tmp_path / "run.html") == 0
    assert Page((tmp_path / "run.html").read_text("utf-8")).tables["Figures"]
    assert read_run(tmp_path / "run.avw").result == made_result()


def test_a_page_that_cannot_be_written_takes_nothing_from_the_run(tmp_path: Path, capsys):
    assert stored(tmp_path, tmp_path / "gone" / "run.html") == 1
    assert "--html: " in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["run.avw"]


@pytest.mark.parametrize("name", ["run.avw", "run", "run.html.gz"])
def test_a_page_that_no_browser_would_open_is_refused_before_the_run(tmp_path: Path, name: str):
    with pytest.raises(Exception, match=r"a page ends in \.html"):
        check_files(None, str(tmp_path / name))


def test_a_line_is_not_broken_within_a_number():
    assert shown("20 000 visitors, 2 473/s, 3 12 pages") == "20\xa0000 visitors, 2\xa0473/s, 3 12 pages"
