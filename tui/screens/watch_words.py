"""What the header and the status line of the Watch screen say."""

from __future__ import annotations

from textual.content import Content

from scenarios.definition import Scenario
from tui.drawing.sentence import sentence
from tui.drawing.words import nanoseconds, speed
from tui.session import Phase, Session
from tui.settings_words import setting
from tui.show import Show

PROGRAM = "asgi-vs-wsgi"
Ends = tuple[list[Content], list[Content]]
"""Wordings for the left and the right end of a line, the fullest first."""


def head_line(scenario: Scenario | None, session: Session, *, still: bool) -> Ends:
    """Which scenario, and what it is that one sees."""
    name = Content.styled(f" {PROGRAM}   ", "bold")
    subject = _subject(scenario)
    short = Content.styled(f" {scenario.toml.title}", "bold") if scenario else Content()
    return [name + subject, Content(" ") + subject, short], [*_shown(session, still=still), Content()]


def _subject(scenario: Scenario | None) -> Content:
    if scenario is None:
        return Content()
    return Content.assemble((scenario.toml.title, "bold"), " · " + " · ".join(setting(scenario)))


def _shown(session: Session, *, still: bool) -> list[Content]:
    show = session.show
    if still or show is None:
        same = show is not None and session.phase is Phase.STILL
        words = ["recorded earlier: a picture, not a run ", "recorded earlier ", "recorded "] if same else [""]
        return [Content.styled(each, "$faint") for each in words]
    return [Content(f"{words} ") for words in _of_show(session, show)]


def _of_show(session: Session, show: Show) -> list[str]:
    time = nanoseconds(show.position_ns)
    if show.at_end:
        return [f"recorded · shown to its end · {time}", f"recorded · {time}"]
    shown = "paused" if show.paused else f"shown at {speed(show.speed)}"
    source = "recorded live" if session.phase is not Phase.STILL else "recorded earlier"
    return [f"{source} · {shown} · {time}", f"{shown} · {time}", time]


def status_line(session: Session, *, visible: bool) -> Ends:
    """What is seen at the playhead, and what the lab does meanwhile."""
    show = session.show if visible else None
    seen = sentence([target.seen() for target in show.targets if target.start_ns]) if show else ""
    return [Content(seen), Content()], [Content.styled(words, "$accent") for words in _doing(session)]


def _doing(session: Session) -> list[str]:
    if session.phase is Phase.STOPPED:
        return ["stopped; what was recorded stays ", "stopped "]
    if session.phase is Phase.FAILED:
        return ["failed "]
    if session.running and session.progress is not None:
        return [f"{session.progress.words} ", f"{session.progress.phase} "]
    if session.phase is Phase.OVER and session.result_due is None and session.show and not session.show.at_end:
        return ["recorded; e shows the end ", "recorded "]
    return [""]
