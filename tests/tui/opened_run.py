"""Everything that the screen and the report compute of a saved run, without a screen: nothing of it may fail."""

from __future__ import annotations

from fake_link import no_lab
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.analysis.environment import environment
from asgi_vs_wsgi.scenarios.model.experiment import Experiment
from asgi_vs_wsgi.scenarios.planning.load import has_rate
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament, SavedRun
from asgi_vs_wsgi.tui.drawing.plain_text import score_text, sentence
from asgi_vs_wsgi.tui.drawing.time_axis import Window
from asgi_vs_wsgi.tui.drawing.waterfall import ORDERS, WaterfallOrder, bar, how_long, who
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext, TargetView
from asgi_vs_wsgi.tui.modes.what_if_knobs import knob_numbers
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.report.run_report import report
from asgi_vs_wsgi.tui.report.tournament import tournament_report
from asgi_vs_wsgi.tui.screens.status_text import head_line, status_line
from asgi_vs_wsgi.tui.terminal.output_rate import OutputRateLimiter
from asgi_vs_wsgi.tui.widgets.note_view import tournament_note
from asgi_vs_wsgi.tui.widgets.notes import card, invitation, lesson, watch_for
from asgi_vs_wsgi.tui.widgets.results_table import whole
from asgi_vs_wsgi.tui.widgets.story import StorySubject

WIDTH = 74
WORDED = [name for name in NAMES if name not in ("watch", "waterfall")]


def compute_all(saved: SavedRun) -> None:
    """In its middle and at its end."""
    session = Session(no_lab)
    session.replay(saved)
    assert session.show is not None
    for share in (0.4, 1.0):
        for target in session.show.targets:
            target.position_ns = share * target.recorded_ns
        _draw(session, session.show, share)
    list(session.show.work_ahead())
    session.show.step_event(1)
    session.show.step_event(-1)
    if scenario := session.own_scenario:
        targets = tuple(scenario.toml.targets)
        experiment = Experiment(scenario, targets, scenario.toml.load, saved.result.parameters, saved.result.mode)  # type: ignore[arg-type]
        here = replace(saved.result, environment=environment())  # a report is of this machine
        report(experiment, Outcome(here, saved.traces(), saved.stopped), 100)


def _draw(session: Session, show: Playback, share: float) -> None:
    told = StorySubject()
    for target in show.targets:
        if not target.start_ns:
            continue
        end_ns = target.start_ns + max(1, show.extent_ns)
        window = Window(target.start_ns, end_ns, 60)
        target.pane.frame_and_rest(window, target.playhead_ns, 12)
        score_text(target.score(), target.over_ns)
        _waterfall(target.trace, window, target.playhead_ns)
        for number in range(1, 1 + min(3, len(target.trace.visits))):
            told.of_visitor(show.targets, target, number)
            told.wordings()
        for index in target.worker_indexes:
            told.of_worker(show.targets, target, index)
            told.wordings()
    sentence([target.seen() for target in show.targets])
    head_line(session.own_scenario, show, still=False, as_run=session.result)
    status_line(session, show, OutputRateLimiter(), may_end=True)
    if session.result_due:
        whole(session.result_due, WIDTH)
    _modes(session, show, share)


def _waterfall(trace, window: Window, playhead_ns: int) -> None:
    order = WaterfallOrder(trace)
    for name in ORDERS:
        for row in order.rows(name, playhead_ns)[:4]:
            bar(trace, row, window, playhead_ns)
            how_long(trace, row, playhead_ns)
            who(trace, row, playhead_ns)


def _modes(session: Session, show: Playback, share: float) -> None:
    scenario = session.own_scenario
    if scenario is None:
        return
    result = session.result_due if share == 1.0 else None
    seen = [TargetView(target.ledger, target.playhead_ns, target.book) for target in show.targets]
    sight = ModeContext(scenario, result, seen, WIDTH, show.position_ns)
    for name in WORDED:
        for answers in ((), (0, 0, 0)) if name == "quiz" else ((),):
            mode_words(name, sight, knobs=WhatIfFactors(visitors=2.0), answers=answers, score=(0, 1))
    knob_numbers(sight, at_a_rate=has_rate(sight.scenario.toml.load))
    for words in (card, invitation, lesson, watch_for):
        words(scenario)


def compute_ranking(kept: KeptTournament) -> None:
    session = Session(no_lab)
    session._begin_to_open(kept)
    if session.own_scenario:
        tournament_note(session, session.own_scenario, WIDTH)
    head_line(session.own_scenario, None, still=False, as_run=kept)
    tournament_report(kept.tournament)
