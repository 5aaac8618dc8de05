"""What the main area says in words: what a scenario is about, what is being started, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Failure
from asgi_vs_wsgi.scenarios.scenario_files.listing import DEFAULT_SCENARIO, OWN_PROJECT, summary
from asgi_vs_wsgi.scenarios.untrusted_text import first_lines, printable, printable_lines, split_lines
from asgi_vs_wsgi.scenarios.wording import listed, thousands
from asgi_vs_wsgi.tui.modes.layout import GO_TO, LINK, clickable
from asgi_vs_wsgi.tui.report.run_report import setting
from asgi_vs_wsgi.tui.text.inline_markup import as_code, render_inline
from asgi_vs_wsgi.tui.text.text_width import pad_right
from asgi_vs_wsgi.tui.text.text_width import width as cells

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


NOT_ALWAYS, OTHERWISE = "ASGI is not always first: try", ("hello-world", "Hello World")
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


def other_settings() -> Content:
    """Above a lesson, beside a run that is not the one that it speaks of."""
    return Content.styled("It speaks of the scenario's own settings; this run has others.", "$faint")


def lesson_later() -> Content:
    """Instead of the lesson, which answers what is asked before a run."""
    return Content.assemble(("y", "bold $accent"), " reads the lesson, which tells the answer.")


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
