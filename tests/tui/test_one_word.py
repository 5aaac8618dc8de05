"""A thing goes by one word in reports, stories, events, help, lessons, questions and the words for JSON's figures."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from frame_rules import figures_of, second_names, told_twice
from msgspec.structs import replace
from screen_frames import RUNS, saved

from asgi_vs_wsgi.scenarios.analysis.environment import environment
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.model.scenario import Predict, Quiz, Scenario
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, metric_words
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.trace.states import STATE_WORDS, State
from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.drawing.events import Moments
from asgi_vs_wsgi.tui.drawing.glyphs import LONG, MAIN, WORDS, code, legend
from asgi_vs_wsgi.tui.drawing.visitor_story import story, story_in_short
from asgi_vs_wsgi.tui.drawing.worker_story import WorkerStory
from asgi_vs_wsgi.tui.playback.playback import TargetPlayback
from asgi_vs_wsgi.tui.report.run_report import report
from asgi_vs_wsgi.tui.screens.keys import KEYS
from asgi_vs_wsgi.tui.widgets.lanes_view import LanesView
from asgi_vs_wsgi.tui.widgets.waterfall import WaterfallRows

CATALOG = load_catalog()


def report_of(run: SavedRun) -> str:
    scenario = CATALOG.find(run.scenario.name)
    mode: Literal["race", "measure"] = "race" if run.result.mode == "race" else "measure"
    experiment = Experiment(scenario, tuple(scenario.toml.targets), scenario.toml.load, {}, mode)
    here = replace(run.result, environment=environment())
    return "\n".join(report(experiment, Outcome(here, run.traces(), run.stopped), 120))


@pytest.mark.parametrize("name", RUNS)
def test_in_a_report_and_a_figure_has_one_form(name: str):
    run = saved(name)
    words = report_of(run)
    assert second_names(words) == []
    assert told_twice(words, figures_of(run.result)) == []


def moments_of(trace: TargetTrace) -> list[int]:
    ends = [at_ns for at_ns in trace.visits.done_ns if at_ns]
    starts = [at_ns for at_ns in trace.visits.intended_ns if at_ns]
    first, last = min(starts), max(ends)
    return [first + (last - first) * part // 4 for part in range(1, 6)]


@pytest.mark.parametrize("name", RUNS)
def test_in_the_stories_of_visitors_and_workers_and_in_events(name: str):
    for trace in saved(name).traces():
        told = [
            words(trace, row, at_ns)
            for words in (story, story_in_short)
            for row in range(0, len(trace.visits), 5)
            for at_ns in moments_of(trace)
        ]
        workers = [WorkerStory(trace, worker) for worker in trace.workers.values()]
        told += [worker.words(at_ns) for worker in workers for at_ns in moments_of(trace)]
        playback = TargetPlayback(trace)
        event = Moments(playback.trace).after(0)
        while event is not None:
            told.append(event.words)
            event = Moments(trace).after(event.at_ns) if len(told) < 400 else None
        assert second_names("\n".join(told)) == []


def texts_of(scenario: Scenario) -> str:
    toml = scenario.toml
    asked: list[Predict | Quiz] = [toml.predict, *toml.quiz] if toml.predict else [*toml.quiz]
    questions = [text for each in asked for text in (each.question, *each.answers, *getattr(each, "why", ()))]
    checks = [check.name for target in toml.targets for check in target.checks]
    return "\n".join([toml.title, toml.summary, scenario.lesson_md, *questions, *checks])


@pytest.mark.parametrize("scenario", CATALOG.scenarios, ids=lambda scenario: scenario.name)
def test_in_lessons_questions_and_checks(scenario: Scenario):
    assert second_names(re.sub(r"[*`]", "", texts_of(scenario))) == []


def test_in_help_and_in_the_words_for_figures_of_json():
    told = [LanesView.HELP, WaterfallRows.HELP, *(key.tooltip for key in KEYS), *map(metric_words, METRICS)]
    assert second_names("\n".join(told)) == []


def test_the_legend_has_the_words_of_the_contract_and_of_two_the_plain_word():
    named = {word for _role, _sign, word in legend()}
    assert named == {"running", "blocked", "awaiting", "stalled", "in line"}
    assert [WORDS[role] for role in MAIN] == [STATE_WORDS[label] for label in LABELS]
    assert {code(State.AWAITING): "awaiting (set aside)", code(State.STALLED): "stalled (held up)"} == LONG


LABELS = ("running", "blocked", "awaiting", "stalled", "queued")


TWO_LEGENDS = "awaiting (set aside)\nawaiting (set aside)"


@pytest.mark.parametrize(
    "words", ["16 set aside", "2 held up behind visitor 4", "uvicorn took 0.22 s", "2 crossings", TWO_LEGENDS]
)
def test_a_second_name_is_found(words: str):
    assert second_names(words)
