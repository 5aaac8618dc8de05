"""A tournament on the stage: the ranking as it grows, and at its end what the servers differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.text.numbers import count
from asgi_vs_wsgi.tui.playback.phase import Phase
from asgi_vs_wsgi.tui.report.tournament import out_lines, ranked_by, ranking_table, views_words
from asgi_vs_wsgi.tui.text.text_width import wrap

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.session import Session


def tournament_note(session: Session, scenario: Scenario, width: int) -> Content:
    """Title, what goes on, table, sentences, and who did not take part."""
    ranking, progress = session.tournament, session.progress
    lines = [Content.styled(f"Tournament · {scenario.toml.title}", "bold"), Content("")]
    if session.running and progress is not None:
        done = f" · {progress.done} of {count(progress.total, 'measurement')}" if progress.total else ""
        lines += [Content.styled(f"{progress.words}{done}", "$accent"), Content("")]
    if session.phase is Phase.STOPPED:
        after = (
            f" after {progress.done} of {count(progress.total, 'measurement')}" if progress and progress.total else ""
        )
        lines += [Content.styled(f"Stopped{after}. What was measured until then:", "$faint"), Content("")]
    if ranking is None:
        lines.append(Content.styled("Each server in turn is started, measured alone, and ended.", "$faint"))
        return Content("\n").join(lines)
    about = " ".join([ranked_by(ranking), *views_words(ranking)])
    lines += [*(Content(line) for line in wrap(about, width)), Content("")]
    head, *rows = ranking_table(ranking, width)
    lines += [Content.styled(head, "$faint"), *map(Content, rows), Content("")]
    if not session.running:
        lines += [Content(words) for words in ranking.words]
    lines += [Content(""), *(Content.styled(line, "$faint") for line in out_lines(ranking))]
    return Content("\n").join(lines)
