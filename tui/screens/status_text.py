"""What the Watch screen says in words: header, status line, and the main area where there are no lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.wording import nanoseconds, speed
from asgi_vs_wsgi.tui.drawing.plain_text import sentence
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.report.figures import told_of_each, who_won
from asgi_vs_wsgi.tui.report.run_report import Set, setting, stopped_words
from asgi_vs_wsgi.tui.widgets import notes
from asgi_vs_wsgi.tui.widgets.note_view import tournament_note
from asgi_vs_wsgi.tui.widgets.results_table import IN_COLUMNS

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.terminal.output_rate import OutputRateLimiter


def in_the_way(session: Session) -> Content | None:
    """What has to be said before anything can be shown: a failure, or a saved run that is still being read."""
    if session.failure:
        return notes.failure(session.failure)
    if session.opening:
        return notes.opening(session.opening.done / session.opening.total)
    return None


def before_lanes(session: Session, scenario: Scenario, width: int) -> Content:
    """What the session does for this scenario while there are no lanes of it to show."""
    if session.options and session.options.tournament_rounds:
        return tournament_note(session, scenario, width)
    return notes.starting(scenario, session.ready) if session.running else notes.card(scenario)


TITLE = "asgi-vs-wsgi"
GOES_BACK = "ctrl+r"
Ends = tuple[list[Content], list[Content]]
"""Wordings for the left and the right end of a line, the fullest first."""


def head_line(
    scenario: Scenario | None,
    show: Playback | None,
    *,
    still: bool,
    as_run: Set | None = None,
    predicts: bool = False,
    changed: bool = False,
    tried: bool = False,
) -> Ends:
    """Which scenario, and what it is that one sees; `still` for a picture of an earlier run.

    The settings are those `as_run`, where that is known, else the scenario's own; `changed`: not as its folder says;
    `tried`: nor will those of the next run be, until a key goes back to them.
    What was simulated says so first, at any width; so does what is simulated beside what was measured.
    """
    name = Content.styled(f" {TITLE}   ", "bold")
    subject, changes = _subject(scenario, as_run), Content(" · changed settings" if changed else "")
    back = Content.assemble(
        changes if changed else " · the next run has changed settings",
        " (",
        (GOES_BACK, "bold $accent"),
        ": the scenario's own)",
    )
    short = Content.styled(f" {scenario.toml.title}", "bold") if scenario else Content()
    left = [name + subject + back, Content(" ") + subject + back] if tried else []
    left += [name + subject + changes, Content(" ") + subject + changes, Content(" ") + subject, short]
    if predicts:
        left = [Content.assemble(PREDICTED_MARK, each) for each in left]
    if is_simulated(as_run):
        left = [Content.assemble(SIMULATED_MARK, each) for each in left]
    return left, [*_shown(show, still=still), Content()]


PREDICTED_MARK = (" PREDICTED beside MEASURED ", "bold reverse $accent")
"""Over What-if, wherever it is scrolled to."""
SIMULATED_MARK = (" SIMULATED ", "bold reverse $accent")
"""Over everything that is shown of a run that no server has served, as PREDICTED stands over what a law says."""


def is_simulated(as_run: object) -> bool:
    """Whether nothing of that run was measured."""
    return isinstance(as_run, RunResult) and bool(as_run.simulated)


def _subject(scenario: Scenario | None, as_run: Set | None) -> Content:
    if scenario is None:
        return Content()
    return Content.assemble((scenario.toml.title, "bold"), " · " + " · ".join(setting(scenario, as_run)))


def _shown(show: Playback | None, *, still: bool) -> list[Content]:
    if show is None:
        return []
    if still:
        words = ["recorded by the authors, not on this machine ", "recorded by the authors ", "recorded "]
        return [Content.styled(each, "$faint") for each in words]
    return [Content(f"{words} ") for words in _of_show(show)]


def _of_show(show: Playback) -> list[str]:
    time = nanoseconds(show.position_ns)
    source = "simulated" if show.simulated else "a saved run" if show.replayed else "recorded live"
    if show.at_end:
        short = "simulated" if show.simulated else "recorded"
        return [f"{source if show.replayed else 'recorded'} · shown to its end · {time}", f"{short} · {time}"]
    shown = "paused" if show.paused else "shown live" if show.keeps_up else f"shown at {speed(show.speed)}"
    return [f"{source} · {shown} · {time}", f"{shown} · {time}", time]


def status_line(session: Session, show: Playback | None, pace: OutputRateLimiter, *, may_end: bool) -> Ends:
    """What is seen at the playhead, and what the lab does meanwhile; `may_end`: whether its key shows the end."""
    seen = sentence([target.seen() for target in show.targets if target.start_ns]) if show else [""]
    seen = _with_figures(seen, session) if show and show is session.show else seen
    left = _after_event(show.event, seen) if show and show.event else [Content(words) for words in seen]
    doing = _doing(session)
    if may_end and session.phase is Phase.OVER and session.result_due is None:
        left = [Content.assemble((END, "bold $accent"), SHOWS_THE_END, " · " if words else "", words) for words in left]
    if show and not show.paused and not show.at_end:
        doing = _with_pace(doing, pace)
    return [*left, Content()], [Content.styled(words, "$accent") for words in doing]


def _with_figures(seen: list[str], session: Session) -> list[str]:
    """What the verdict is on, where that is not how long it took; it comes before that where there is no room.

    And who won, or that nobody did: the lanes show one who is done sooner, whatever the verdict is. Of a run that was
    stopped the room is for that.
    """
    result = session.result_due
    figures = told_of_each(result, IN_COLUMNS) if result else []
    both = [f"{words} · {each}" for each in figures for words in seen]
    won = who_won(result, IN_COLUMNS) if result and session.stopped is None else []
    return [
        words
        for told in (both, figures, seen)
        for words in (*(f"{each} · {who}" for each in told for who in won), *told)
    ]


def _after_event(event: str, seen: list[str]) -> list[Content]:
    """The event first: whoever steps from one to the next looks for it."""
    return [*(Content.assemble((event, "bold"), f" · {words}") for words in seen), Content(event)]


def _with_pace(doing: list[str], pace: OutputRateLimiter) -> list[str]:
    """Why the picture moves in jerks, where it does."""
    if not pace.slow:
        return doing
    slow = [f"slow terminal: {pace.rate} frames a second ", "slow terminal "]
    return [*(f"{words}· {each}" if words else each for each in slow for words in doing), *doing]


END, SHOWS_THE_END = "e", " shows the end"
"""Where the line begins: nobody looks for a key at its far end."""


def _doing(session: Session) -> list[str]:
    if session.stopped is not None:
        return [f"{words} " for words in stopped_words(session.stopped)]
    if session.phase is Phase.STOPPED:
        return ["stopped; what was recorded stays ", "stopped "]
    if session.phase is Phase.FAILED:
        return ["failed "]
    if session.running and session.progress is not None:
        return [f"{session.progress.words} ", f"{session.progress.phase} "]
    if session.phase is Phase.OVER and session.result_due is None:
        return ["simulated " if session.show is not None and session.show.simulated else "recorded "]
    return [""]
