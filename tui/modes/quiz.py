"""Quiz: a prediction that the run answers, then the scenario's questions with an explanation of every answer.

1 guessed  2 right  3 asked now  4          1 of 1 right here, 5 of 7 in all scenarios
Answer with a, b, c or d, or with a click.

Why is the last visitor of gunicorn so late?
   a  …
   b  …

One question at a time: what was answered stays, with its explanations, until somebody goes on; a class can talk.

What a run has measured of the question that was asked before it.

Measured: time until all had a page
gunicorn-sync  3.23 s  ██████████████████████████████
uvicorn        0.22 s  ██
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET
from textual.content import Content

from asgi_vs_wsgi.scenarios.analysis.verdict import ran_as_written, right_answer, untold_reason
from asgi_vs_wsgi.scenarios.model.scenario import Predict, Quiz, Scenario
from asgi_vs_wsgi.scenarios.results.metrics import figure, in_words, metric_words
from asgi_vs_wsgi.tui.modes.layout import bar, clickable, faint, heading, lines, prose
from asgi_vs_wsgi.tui.text.inline_markup import render_inline
from asgi_vs_wsgi.tui.text.text_width import pad_left, pad_right, short_name
from asgi_vs_wsgi.tui.text.text_width import width as cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.tui.modes.view_model import ModeContext


BAR = 40


def measured(question: Predict, told: RunResult, width: int) -> list[Content]:
    """The figure that answers it, of each target, as bars on one scale."""
    values = {target.name: figure(target, question.quantity) for target in told.targets if question.quantity}
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return prose(faint("The lanes tell: press 1."), width)
    words = {name: in_words(question.quantity, value) for name, value in known.items()}
    label, figures = min(max(map(cells, known)), max(16, width // 3)), max(map(cells, words.values()))
    room = max(8, min(BAR, width - label - figures - 4))
    most = max(known.values())
    rows = [
        Content.assemble(
            (f"{pad_right(short_name(name, [*known], label), label)}  ", "$primary"),
            f"{pad_left(words[name], figures)}  ",
        )
        + bar(value, most, room, "$figure")
        for name, value in known.items()
    ]
    return [*prose(Content.assemble("Measured: ", (metric_words(question.quantity), "bold")), width), *rows]


LETTERS = "abcd"
INDENT = 6
AFTERWARDS = "The run is over; guess all the same"
ROOMY = 26
"""Lines of a main area in which answers stand apart, to be read from the last row."""


def questions(scenario: Scenario) -> list[Predict | Quiz]:
    """The prediction, where there is one, and the questions."""
    toml = scenario.toml
    predict = [] if toml.predict is UNSET else [toml.predict]
    return [*predict, *toml.quiz]


def choices_now(scenario: Scenario, answers: Sequence[int]) -> int:
    """How many answers the next question offers; 0 where all are answered."""
    asked = questions(scenario)
    return len(asked[len(answers)].answers) if len(answers) < len(asked) else 0


def place_of(sight: ModeContext, answers: Sequence[int], chosen: int | None) -> int:
    """Which question is looked at; past the last one all are. A guess is looked at again once the run has told."""
    asked = questions(sight.scenario)
    if chosen is not None:
        return max(0, min(chosen, len(answers), len(asked)))
    guessed = len(answers) == 1 and isinstance(asked[0], Predict)
    return 0 if guessed and sight.result is not None else min(len(answers), len(asked))


def quiz(
    sight: ModeContext,
    answers: Sequence[int],
    score: tuple[int, int],
    chosen: int | None = None,
    held: int | None = None,
) -> Content:
    """How far one has come, and one question; at the end all of them. Of the one that is `held` nothing is told yet."""
    asked = questions(sight.scenario)
    if not asked:
        return faint("This scenario has no questions.")
    place = place_of(sight, answers, chosen)
    opening = prose(_progress(sight, answers, place, score, held), sight.width)
    if place == len(asked):
        return lines([*opening, Content(), *_all(sight, answers)])
    given = answers[place] if place < len(answers) else None
    if given is not None and place == held:
        return lines([*opening, *prose(_held_back(given), sight.width), Content(), *_held(asked[place], given, sight)])
    hint = prose(_hint(sight, asked[place], given), sight.width)
    return lines([*opening, *hint, Content(), *_question(asked[place], given, sight)])


# ---- how far one has come


def _progress(
    sight: ModeContext, answers: Sequence[int], place: int, score: tuple[int, int], held: int | None
) -> Content:
    """`1 guessed  2 right  3 asked now  4` and the scores; a run judges the guess. A score would tell what is held."""
    asked = questions(sight.scenario)
    steps = [_step(index, place, asked, answers, sight, held=index == held) for index in range(len(asked))]
    right, total = here(sight.scenario, answers)
    scores = [f"{right} of {total} right here"] if total else []
    scores += [f"{score[0]} of {score[1]} in all scenarios"] if score[1] > total else []
    scores = scores if held is None else []
    return Content("  ").join(steps) + faint(f"    {', '.join(scores)}" if scores else "")


def _step(
    index: int, place: int, asked: Sequence[Predict | Quiz], answers: Sequence[int], sight: ModeContext, *, held: bool
) -> Content:
    """A click leads to one that was answered, or to the next."""
    words, style = _told_step(asked[index], answers[index], sight) if index < len(answers) else ("", "$faint")
    if held:
        words, style = "answered", "$primary"
    if index == len(answers):
        words, style = "asked now", "$accent"
    style = f"bold reverse {style}" if index == place else style
    step = Content.styled(f"{index + 1} {words}".rstrip(), style)
    return clickable(step, "question", index - place) if index <= len(answers) and index != place else step


def _told_step(question: Predict | Quiz, given: int, sight: ModeContext) -> tuple[str, str]:
    known = _known(question, sight)
    if known is None:
        return "guessed", "$primary"
    return ("right", "$success") if given == known else ("wrong", "$error")


def _known(question: Predict | Quiz, sight: ModeContext) -> int | None:
    """The right answer; None while nothing tells, or where the run did not do as the question says."""
    if isinstance(question, Predict):
        return right_answer(question, sight.scenario.toml, sight.result)
    return question.right


def _hint(sight: ModeContext, question: Predict | Quiz, given: int | None) -> Content:
    """What to do now, or whether the answer was right and how to go on."""
    if given is None:
        return _how(sight, question)
    on = Content.assemble(
        clickable(Content.styled("n goes on", "bold underline $accent"), "question", 1), (", p back.", "$faint")
    )
    known = _known(question, sight)
    if known is None:
        return Content(f"{_unjudged(sight, question)} ") + on
    right = (
        Content.styled("✓ Right. ", "bold $success")
        if known == given
        else Content.styled(f"✕ Wrong: it is {LETTERS[known]}. ", "bold $error")
    )
    return right + on


def _held_back(given: int) -> Content:
    """An answer is given, and a class may talk before it is told what is right."""
    tell = clickable(Content.styled("space tells what is right", "bold underline $accent"), "reveal")
    return Content(f"Your answer is {LETTERS[given]}. ") + tell + "."


def _held(question: Predict | Quiz, given: int, sight: ModeContext) -> list[Content]:
    """The question with the answer that was given, and not a word about which is right."""
    gap = [Content()] if sight.height >= ROOMY else []
    parts = [*prose(render_inline(question.question).stylize("bold"), sight.width), *gap]
    for index, text in enumerate(question.answers):
        parts += [*_choice(index, text, sight.width, chosen=index == given), *gap]
    return parts


def _how(sight: ModeContext, question: Predict | Quiz) -> Content:
    keys = f"{', '.join(LETTERS[: len(question.answers) - 1])} or {LETTERS[len(question.answers) - 1]}"
    if isinstance(question, Quiz):
        return faint(f"Answer with {keys}, or with a click.")
    if sight.cut_off:
        tells = f"the run {sight.cut_off} and cannot tell"
    else:
        over = sight.result is not None
        tells = "the run tells" if sight.nothing else "the run has told" if over else "the end of the run tells"
    return faint(f"Guess with {keys}, or with a click; {tells}.")


def _unjudged(sight: ModeContext, question: Predict | Quiz) -> str:
    """Why a guess is neither right nor wrong."""
    if sight.result is None:
        if sight.cut_off:
            return f"The run {sight.cut_off}, so your guess is not judged."
        return "Enter runs it, and the run tells." if sight.nothing else "The end of the run tells."
    if isinstance(question, Predict) and question.right is None:
        return "None is marked as right: see what was measured."
    if not ran_as_written(sight.scenario.toml, sight.result):
        return "This run had other numbers than the question, so your guess is not judged: see what was measured."
    if reason := untold_reason(sight.result):
        return f"Whether this run did as the lesson says cannot be told ({reason}), so your guess is not judged."
    return "This run did not do as the lesson says, so your guess is not judged."


# ---- a question


def _question(question: Predict | Quiz, given: int | None, sight: ModeContext) -> list[Content]:
    width, gap = sight.width, [Content()] if sight.height >= ROOMY else []
    parts = [*_title(question, given, sight), *prose(render_inline(question.question).stylize("bold"), width), *gap]
    known = _known(question, sight)
    for index, text in enumerate(question.answers):
        right = given is not None and index == known
        choice = _choice(index, text, width, chosen=index == given, right=right)
        parts += choice if given is not None else [clickable(line, "answer", index) for line in choice]
        if isinstance(question, Quiz) and given is not None:
            parts += prose(render_inline(question.why[index]).stylize("$faint"), width, INDENT)
        parts += gap
    if isinstance(question, Predict) and given is not None and sight.result is not None:
        parts += [*([] if gap else [Content()]), *measured(question, sight.result, width)]
    return parts


def _title(question: Predict | Quiz, given: int | None, sight: ModeContext) -> list[Content]:
    if isinstance(question, Quiz):
        return []
    over = sight.result is not None or sight.cut_off
    when = "Before you run it" if sight.nothing else AFTERWARDS if over else "Before it ends"
    return [heading(when if given is None else "Your guess")]


def _choice(index: int, text: str, width: int, *, chosen: bool, right: bool = False) -> list[Content]:
    """The right one has a tick, the one that was given an arrow."""
    style = "$success" if right else "$accent" if chosen else ""
    mark = f" {'▸' if chosen else ' '}{'✓' if right else ' '}{LETTERS[index]}  "
    first, *rest = prose(render_inline(text).stylize(style) if style else render_inline(text), width - INDENT)
    return [
        Content.assemble((mark, style or "bold"), first),
        *(Content(" " * INDENT) + line for line in rest),
    ]


# ---- the end, and the score


def _all(sight: ModeContext, answers: Sequence[int]) -> list[Content]:
    """Every question with what was answered and what is right; the explanations are a step back."""
    parts: list[Content] = []
    for place, (question, given) in enumerate(zip(questions(sight.scenario), answers, strict=False)):
        known = _known(question, sight)
        asked = Content(f"{place + 1}  ") + render_inline(question.question).stylize("bold")
        parts += prose(asked, sight.width)
        shown = [given] if known in (None, given) else [given, known]
        for index in sorted(index for index in shown if index is not None):
            parts += _choice(index, question.answers[index], sight.width, chosen=index == given, right=index == known)
        parts.append(Content())
    back = clickable(Content.styled("p", "bold $accent"), "question", -1)
    again = clickable(Content.styled("x", "bold $accent"), "forget_answers", "one")
    every = clickable(Content.styled("X", "bold $accent"), "forget_answers", "all")
    keys = Content.assemble(
        back,
        " goes back to the explanations, ",
        again,
        " asks all of this scenario anew, ",
        every,
        " of all scenarios.",
    )
    return [*parts, *prose(keys, sight.width)]


def here(scenario: Scenario, answers: Sequence[int]) -> tuple[int, int]:
    """How many of this scenario's questions were answered rightly, and how many at all; a guess is not counted."""
    first = 0 if scenario.toml.predict is UNSET else 1
    pairs = list(zip(scenario.toml.quiz, answers[first:], strict=False))
    return sum(given == question.right for question, given in pairs), len(pairs)


def score_of(catalog: Catalog, answers_of: dict[str, list[int]]) -> tuple[int, int]:
    """The same of all scenarios."""
    scores = [here(scenario, answers_of.get(scenario.name, [])) for scenario in catalog.scenarios]
    return sum(right for right, _ in scores), sum(total for _, total in scores)
