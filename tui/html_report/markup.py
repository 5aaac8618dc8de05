"""Texts that become HTML: the lesson, the views with the lines that held somebody, the questions.

Whatever is not ours is escaped, and nothing of it leads out of the page: a link is its words, a picture what stands for
it.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from asgi_vs_wsgi.scenarios.analysis.call_site import written_lines
from asgi_vs_wsgi.scenarios.analysis.time_spent import gain
from asgi_vs_wsgi.scenarios.analysis.verdict import ran_as_written, right_answer
from asgi_vs_wsgi.scenarios.model.scenario import MOST_CODE_BYTES, Predict
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, metric_words
from asgi_vs_wsgi.scenarios.scenario_files.lesson_text import LONGEST_LESSON
from asgi_vs_wsgi.scenarios.secret_literals import without_secret_literals
from asgi_vs_wsgi.scenarios.secret_values import (
    without_passwords_and_tokens,
    without_secrets_in_words,
)
from asgi_vs_wsgi.scenarios.secrets_in_python import without_meant_literals
from asgi_vs_wsgi.scenarios.untrusted_text import first_lines, harmless, printable, split_lines
from asgi_vs_wsgi.scenarios.wording import named
from asgi_vs_wsgi.tui.modes.code import (
    MOST_LINES,
    MOST_REASONS,
    lines_elsewhere,
    marked_lines,
    raising_lines,
    runs_of,
    views_of,
)
from asgi_vs_wsgi.tui.modes.gain_text import PLAIN, gain_label, gain_text
from asgi_vs_wsgi.tui.modes.quiz import questions
from asgi_vs_wsgi.tui.modes.source_lines import MOST_COLOURED, source_lines, view_lines, why_no_code
from asgi_vs_wsgi.tui.report.findings import failure_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.scenario import Quiz, Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext

MOST_LESSON_LINES = 1000
"""Of a lesson that are shown; a saved run may hold any text."""
_GROUPED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_TITLE = re.compile(r"\A\s*# .*\n")


def shown(text: str) -> str:
    """A text that is not ours, for a place that escapes it: no sign that is obeyed, no password, no token.

    A browser does not break a line in `2 473/s`.
    """
    return _GROUPED.sub("\N{NO-BREAK SPACE}", without_secrets_in_words(harmless(text)))


def with_code(text: str) -> str:
    """HTML of a sentence of ours that quotes code in backquotes."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(shown(text)))


def lesson_html(lesson: str) -> str:
    """Markdown without its title, which stands above the page."""
    from markdown_it import MarkdownIt

    text = first_lines(lesson, MOST_LESSON_LINES)[:LONGEST_LESSON]
    text = without_secret_literals(without_passwords_and_tokens(text))
    text = "\n".join(harmless(line) for line in split_lines(_TITLE.sub("", text)))
    parser = MarkdownIt("commonmark", {"html": False})
    parser.add_render_rule("link_open", _nothing)
    parser.add_render_rule("link_close", _nothing)
    parser.add_render_rule("image", _picture)
    tokens = parser.parse(text)
    for each in tokens:
        if each.type in ("fence", "code_block"):
            each.content = without_meant_literals(each.content)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _nothing(*_: Any) -> str:
    return ""


def _picture(_renderer: Any, tokens: Any, index: int, *_: Any) -> str:
    return escape(tokens[index].content)


class CodeLine(NamedTuple):
    """A line of a view; `html` is coloured and escaped."""

    number: str
    html: str
    state: str
    """What held somebody there, "" for nothing."""
    words: str
    raises: bool


class ViewCode(NamedTuple):
    """One view, who ran it, what it gained or cost there, and its code."""

    name: str
    by: str
    gains: list[tuple[str, str]]
    """(good, bad or neither; the words)"""
    lines: list[CodeLine]
    remarks: list[tuple[str, str]]
    """(state or `raised`, the words) of what no line of this file tells."""


def views_code(sight: ModeContext) -> list[ViewCode]:
    """In the order of the targets, as mode Code shows them."""
    views = sight.scenario.views_py.removeprefix("\ufeff")
    source = without_secret_literals(views, python=len(views) <= MOST_CODE_BYTES)
    coloured, written = _coloured(source), written_lines(source)
    found: list[ViewCode] = []
    for view, runners in views_of(sight).items():
        runs, by_name = runs_of(sight, view, runners), len(runners) > 1
        results = [run.target for run in runs]
        marked, raising = marked_lines(results, source, by_name=by_name), raising_lines(results, source)
        numbered = view_lines(source, view)
        lines = []
        for number, _text in numbered[:MOST_LINES]:
            shown_as = written[number][1] if number in written else 0 if written else number
            state, words = marked.get(number, ("", ""))
            html = coloured[number - 1] if number else ""
            lines.append(CodeLine(str(shown_as or ""), html, state, shown(words), number in raising))
        remarks = [("", why_no_code(source))] if not numbered else []
        remarks += [(state, shown(words)) for state, words in lines_elsewhere(results, source)]
        for target in results:
            reasons = failure_words(target.failures or [], MOST_REASONS)
            remarks += [("raised", shown(f"{named(target.name)}: {words}")) for words in reasons]
        by = ", ".join(f"{named(runner.name)} ({runner.interface.upper()})" for runner in runners)
        gains = [told for run in runs if (told := _gain(run.target, run.whose, sight.metric, by_name=by_name))]
        found.append(ViewCode(shown(view), shown(by), gains, lines, remarks))
    return found


def _gain(target: Any, whose: str, metric: str, *, by_name: bool) -> tuple[str, str] | None:
    found = gain(target)
    if found is None:
        return None
    name = ", ".join([named(target.name)] * by_name + [f"“{whose}” visitors"] * bool(whose))
    words = f"{gain_label(found)}: {gain_text(found, target, PLAIN if whose else metric)}"
    good = {True: "good", False: "bad", None: "neither"}[found.good]
    return good, shown(f"{name}: {words}" if name else words)


def _coloured(source: str) -> list[str]:
    """A file's lines as HTML, each a part of the whole."""
    lines = source_lines(source)
    if sum(map(len, lines)) > MOST_COLOURED:
        return [escape(line) for line in lines]
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    text = "\n".join(lines)
    html = highlight(text, PythonLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True, classprefix="p-"))
    coloured: list[str] = html.split("\n")
    return coloured if len(coloured) >= len(lines) else [escape(line) for line in lines]


class Question(NamedTuple):
    """A question of the scenario, to be answered in one's head before the answer is opened."""

    words: str
    answers: list[tuple[str, str, bool]]
    """(the answer, why it is right or not, whether it is right)"""
    measured: str
    """What this run says of it; "" where it was not asked of a run."""


def questions_of(scenario: Scenario, result: RunResult) -> Iterator[Question]:
    """The prediction first, with the run's own figures."""
    for asked in questions(scenario):
        right = _right(asked, scenario, result)
        whys = [""] * len(asked.answers) if isinstance(asked, Predict) else asked.why
        answers = [
            (_plain(answer), _plain(why), index == right)
            for index, (answer, why) in enumerate(zip(asked.answers, whys, strict=False))
        ]
        yield Question(_plain(asked.question), answers, _measured(asked, result))


def _right(asked: Predict | Quiz, scenario: Scenario, result: RunResult) -> int | None:
    """Of a prediction, only where the run was as the scenario says and bears it out."""
    if not isinstance(asked, Predict):
        return asked.right
    as_written = bool(result.targets) and ran_as_written(scenario.toml, result)
    return right_answer(asked, scenario.toml, result) if as_written else None


def _measured(asked: Predict | Quiz, result: RunResult) -> str:
    if not isinstance(asked, Predict) or not asked.quantity:
        return ""
    known = [(each.name, figure(each, asked.quantity)) for each in result.targets]
    told = ", ".join(f"{named(name)} {in_words(asked.quantity, value)}" for name, value in known if value is not None)
    return shown(f"{metric_words(asked.quantity)}: {told}") if told else ""


def _plain(text: str) -> str:
    """Without the little Markdown that these texts may hold."""
    return shown(printable(re.sub(r"[*`]", "", text)))
