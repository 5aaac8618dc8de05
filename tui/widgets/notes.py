"""What the stage says in words: what a scenario is about, what is being started, what went wrong.

Words on the stage instead of lanes.

What to watch for, or when that will be told, below the panes, in lines that they do not need.

A tournament on the stage: the ranking as it grows, and at its end what the servers differ in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Failure
from asgi_vs_wsgi.scenarios.plain_text import first_lines, printable, printable_lines, split_lines
from asgi_vs_wsgi.scenarios.scenario_files.listing import DEFAULT_SCENARIO, OWN_PROJECT, summary
from asgi_vs_wsgi.scenarios.wording import count, listed, thousands
from asgi_vs_wsgi.tui.cells import pad_right, wrap
from asgi_vs_wsgi.tui.cells import width as cells
from asgi_vs_wsgi.tui.markup import as_code, render_inline
from asgi_vs_wsgi.tui.modes.layout import GO_TO, LINK, clickable
from asgi_vs_wsgi.tui.playback.session import Phase
from asgi_vs_wsgi.tui.report.run_report import setting
from asgi_vs_wsgi.tui.report.tournament import out_lines, ranked_by, ranking_table, views_words
from asgi_vs_wsgi.tui.widgets.filtered_list import TEXT_MOVES

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario, Target

    Code = Callable[[str], Content]

UNREADABLE = LabError(
    "the scenario of this run cannot be read", hint=f"open it with the version of {PROGRAM} that saved it"
)
ANY_QUESTION = "Which finishes first, and by how much?"
"""Of a scenario that asks none of its own."""
LONGEST_LESSON, MOST_LESSON_LINES = 32_000, 1000
"""Letters and lines of a lesson that are shown, dozens of screens: Textual lays out all of a text, seen or not."""
LONGEST_SECTION = 2000
"""Letters of what to watch for, beside lanes: more has no room in any terminal."""
NOT_ALWAYS, OTHERWISE = "ASGI is not always first: try", ("blocked-loop", "Blocked loop")
"""Beside the scenario that is seen first, so that nobody takes it for the rule."""


def invitation(scenario: Scenario, *, answered: bool = False) -> Content:
    """What will happen, the key, and a question to guess at, unless what is shown beside it tells the answer."""
    parts = [_first_words(scenario), *([] if answered else [Content(" "), question(scenario)])]
    if scenario.name == DEFAULT_SCENARIO:
        name, title = OTHERWISE
        parts += [Content(f" {NOT_ALWAYS} "), clickable(Content.styled(title, LINK), GO_TO, name), Content(".")]
    return Content("").join(parts)


def _first_words(scenario: Scenario) -> Content:
    return Content.assemble(render_inline(summary(scenario.toml)), "\n", ("Enter", "bold $accent"), " to run.")


def question(scenario: Scenario) -> Content:
    """The scenario's own: what there is to wonder about differs from one to the next."""
    predict = scenario.toml.predict
    return render_inline(predict.question if predict else ANY_QUESTION).stylize("bold")


def card(scenario: Scenario) -> Content:
    """The scenario before it was run."""
    guess = Content.assemble(" ", ("8", "bold $accent"), " to guess.")
    parts = [
        Content.styled(scenario.toml.title, "bold"),
        _first_words(scenario),
        Content("\n").join([Content.styled("What is compared", "bold"), *_targets(scenario)]),
        Content.styled("Before you run it\n", "bold") + question(scenario) + guess,
        lesson_later(),
    ]
    return Content("\n\n").join([part for part in parts if part])


THREE_STEPS = (
    ("look", "imports it in its own Python: middleware, pages, and what would hold an event loop; nothing is sent."),
    ("try", "asks for each of its pages twice, alone, on copies of its databases."),
    ("run", "visits them on live servers, WSGI and ASGI: lanes, your own lines, and the answer (Tips)."),
)

UNCHANGED = (
    "Not a line of it is changed. Its databases are copied, mail goes to memory; pages that "
    "would write files or call other machines are left out of the run."
)


def own_project(path: str) -> Content:
    """What the first entry of the list does; `path` is the project that was used last, empty where none was."""
    steps = [Content.assemble((f"{step:<5}", "$primary"), words) for step, words in THREE_STEPS]
    last = f"\nUsed last: {path}" if path else ""
    parts = [
        Content.styled(OWN_PROJECT, "bold"),
        Content.assemble(
            "Would ASGI help your own Django project?\n", ("Enter", "bold $accent"), f" to say where it is.{last}"
        ),
        Content("\n").join([Content.styled("Three steps, as far as you want", "bold"), *steps]),
        Content(UNCHANGED),
    ]
    return Content("\n\n").join(parts)


def _targets(scenario: Scenario) -> Iterator[Content]:
    yield Content(" · ".join(setting(scenario)))
    width = max(cells(target.name) for target in scenario.toml.targets)
    for target in scenario.toml.targets:
        yield Content.assemble((pad_right(target.name, width), "$primary"), f"  {_target(target)}")


def _target(target: Target) -> str:
    server = "" if target.server == target.name else f"{target.server}, "
    threads = f" × {target.threads} threads" if target.threads > 1 else ""
    workers = f"{target.workers} worker{'' if target.workers == 1 else 's'}{threads}"
    return f"{server}{workers}, view {target.view}" + (f", law {target.law}" if target.law else "")


def _lesson(markdown: str, code: Code = as_code) -> Iterator[Content]:
    """The lesson as it was written, its headings bold and its paragraphs unwrapped."""
    for paragraph in "\n".join(printable_lines(markdown)).strip().split("\n\n"):
        lines = paragraph.split("\n")
        if lines[0].startswith("# "):
            continue
        if lines[0].startswith("#"):
            yield Content.styled(lines[0].lstrip("# "), "bold")
        else:
            yield Content("\n").join([*(render_inline(text, code) for text in _flow(lines)), ""])


def _flow(lines: Iterable[str]) -> Iterator[str]:
    """A list keeps its items apart; other lines flow."""
    paragraph = ""
    for line in lines:
        if line.startswith(("- ", "* ")):
            if paragraph:
                yield paragraph
            paragraph = f"• {line[2:]}"
        else:
            paragraph = f"{paragraph} {line.strip()}".strip()
    yield paragraph


def lesson(scenario: Scenario, code: Code = as_code) -> Content:
    """All of it, as far as anybody reads; the beginning of a longer one, and where the rest is.

    `code` says how a piece of code in it is shown: it may name another scenario.
    """
    begun = _begun(scenario.lesson_md)
    words = Content("\n").join(_lesson(begun, code)).rstrip()
    more = len(scenario.lesson_md) - len(begun)
    if not more:
        return words
    rest = f"{thousands(more)} letters more are in {printable(str(scenario.folder / 'lesson.md'))}"
    return Content("\n\n").join([words + " …", Content.styled(rest, "$faint")])


def _begun(markdown: str) -> str:
    """As much of a lesson as is shown."""
    return first_lines(markdown[:LONGEST_LESSON], MOST_LESSON_LINES)


def lesson_later() -> Content:
    """Instead of the lesson, which answers what is asked before a run."""
    return Content.assemble("The lesson comes with the end of a run; ", ("y", "bold $accent"), " reads it now.")


def lesson_ready() -> Content:
    """Where there is no room for what to watch for."""
    return Content.assemble("What to watch for, and why: ", ("y", "bold $accent"), " reads the lesson.")


def watch_for(scenario: Scenario, code: Code = as_code) -> Content:
    """The lesson's first section: what to look at, which tells the end as well."""
    begun = "\n".join(split_lines(_begun(scenario.lesson_md))).strip()
    section = begun.split("\n## ")[1:2]
    if not section or len(section[0]) > LONGEST_SECTION:
        return Content()
    return Content("\n").join(_lesson("## " + section[0], code)).rstrip()


def opening(share: float) -> Content:
    """How much of a saved run has been read."""
    return Content.assemble("\n", ("Opening the run", "bold"), (f"  {share:.0%}", "$faint"))


def starting(scenario: Scenario, ready: Iterable[str]) -> Content:
    """Which servers are coming up."""
    lines = [Content(""), Content.styled(f"Starting {_servers(scenario)}", "bold")]
    return Content("\n").join([*lines, *(Content.styled(words, "$faint") for words in ready)])


def _servers(scenario: Scenario) -> str:
    return listed(dict.fromkeys(target.server for target in scenario.toml.targets))


def failure(failed: Failure) -> Content:
    """What happened, the last words of whoever it happened to, what to try."""
    parts = [Content.styled(f"✕ {_sentence(failed.what)}", "bold $error")]
    if failed.detail:
        parts.append(Content.assemble(("Its last words\n", "bold"), (failed.detail, "$faint")))
    if failed.hint:
        parts.append(Content.assemble(("What to try\n", "bold"), _sentence(failed.hint)))
    return Content("\n\n").join(parts)


def broken(error: LabError) -> Content:
    """Why a folder in the list cannot be run."""
    return failure(Failure(error.what, error.detail, error.hint))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def update_if_changed(place: Static, words: Content) -> bool:
    """Show the words, if they are not there already: an update lays out the whole screen anew."""
    if isinstance(place.content, Content) and words.is_same(place.content):
        return False
    place.update(words)
    return True


WIDEST = 110
"""As in the style sheet."""
PADDING = 4
SPACE = 1
"""Lines above it."""


class Words(Static):
    """What a click acts on keeps the colour that says what it is; the mouse over it is answered all the same."""

    @property
    def link_style(self) -> Style:
        """Nothing of its own."""
        return Style.null()


class Lesson(Words):
    """One wording of it is shown whole, or none at all."""

    def __init__(self) -> None:
        super().__init__(id="lesson")
        self._wordings: list[Content] = []

    def teach(self, *wordings: Content) -> None:
        """The first of these for which there will be room."""
        self._wordings = [words for words in wordings if words]

    @property
    def taken(self) -> int:
        """The lines that it takes now."""
        return self.outer_size.height if self.display else 0

    def fit(self, spare: int, width: int) -> None:
        """Into so many lines, which count those that it takes now, and columns."""
        columns = max(1, min(WIDEST, width) - PADDING)
        fitting = [words for words in self._wordings if len(words.wrap(columns)) + SPACE <= spare]
        if bool(fitting) != self.display:
            self.display = bool(fitting)
        if fitting:
            update_if_changed(self, fitting[0])


class Note(VerticalScroll):
    """Words that may be longer than the room."""

    HELP = "Up and down, or k and j, scroll the text; g and G go to its ends."
    BINDINGS: ClassVar[list[BindingType]] = [*TEXT_MOVES]

    def compose(self) -> ComposeResult:
        """One text."""
        yield Words(id="words")

    def __init__(self) -> None:
        super().__init__(id="note")
        self._subject = ""

    def action_half_page(self, direction: int) -> None:
        """Half of what is seen."""
        self.scroll_relative(y=direction * max(1, self.size.height // 2), animate=False)

    def say(self, words: Content, subject: str, *, broad: bool) -> None:
        """From their beginning, unless they go on about the same; `broad` words have been broken into lines."""
        self.set_class(broad, "-broad")
        if update_if_changed(self.query_one("#words", Static), words) and subject != self._subject:
            self.scroll_home(animate=False)
        self._subject = subject


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
