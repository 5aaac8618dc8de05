"""Quiz: a prediction that the run answers, then the scenario's questions with an explanation of every answer.

What was answered last stands above the question that comes next; when all are answered, all are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from textual.content import Content

from scenarios.catalog import Catalog
from scenarios.definition import Predict, Quiz, Scenario
from scenarios.metric_words import in_words
from scenarios.metrics import figure
from tui.modes.layout import faint, heading, lines, prose
from tui.modes.sight import Sight
from tui.widgets.prose import marked

LETTERS = "abcd"
INDENT = 5


def questions(scenario: Scenario) -> list[Predict | Quiz]:
    """The prediction, where there is one, and the questions."""
    toml = scenario.toml
    predict = [] if toml.predict is UNSET else [toml.predict]
    return [*predict, *toml.quiz]


def choices_now(scenario: Scenario, answers: Sequence[int]) -> int:
    """How many answers the next question offers; 0 where all are answered."""
    asked = questions(scenario)
    return len(asked[len(answers)].answers) if len(answers) < len(asked) else 0


def quiz(sight: Sight, answers: Sequence[int], score: tuple[int, int]) -> Content:
    """How far one has come, what was answered, and the next question."""
    asked = questions(sight.scenario)
    if not asked:
        return faint("This scenario has no questions.")
    over = len(answers) >= len(asked)
    first = 0 if over else max(0, len(answers) - 1)
    parts: list[Content] = [*prose(_progress(asked, answers, score), sight.width), Content()]
    for index in range(first, min(len(answers) + 1, len(asked))):
        given = answers[index] if index < len(answers) else None
        question = asked[index]
        if isinstance(question, Predict):
            parts += _prediction(question, given, sight)
        else:
            parts += _question(question, given, sight.width)
        parts.append(Content())
    if over:
        parts += prose(faint("That was all; x forgets the answers of all scenarios."), sight.width)
    return lines(parts)


def _progress(asked: Sequence[Predict | Quiz], answers: Sequence[int], score: tuple[int, int]) -> Content:
    """`1 guessed  2 right  3 asked now  4` and the score of all scenarios."""
    steps = Content("  ").join([_step(index, question, answers) for index, question in enumerate(asked)])
    total = f"   {score[0]} of {score[1]} right in all scenarios" if score[1] else ""
    return Content.assemble(steps, (total, "$faint"))


def _step(index: int, question: Predict | Quiz, answers: Sequence[int]) -> Content:
    number = f"{index + 1}"
    if index > len(answers):
        return faint(number)
    if index == len(answers):
        return Content.styled(f"{number} asked now", "bold $accent")
    if isinstance(question, Predict):
        return Content.styled(f"{number} guessed", "$primary")
    right = answers[index] == question.right
    return Content.styled(f"{number} {'right' if right else 'wrong'}", "$success" if right else "$error")


def _prediction(question: Predict, given: int | None, sight: Sight) -> list[Content]:
    parts = [heading("Before you run it"), *prose(marked(question.question), sight.width)]
    for index, text in enumerate(question.answers):
        parts += _choice(index, text, sight.width, chosen=index == given)
    return [*parts, *prose(_answer(question, given, sight), sight.width)]


def _answer(question: Predict, given: int | None, sight: Sight) -> Content:
    """What the run says of a prediction."""
    if given is None:
        return faint(f"Guess with {_keys(question.answers)}; the run will tell.")
    if sight.result is None:
        return faint("Enter runs it, and tells." if sight.nothing else "The end of the run will tell.")
    measured = [
        f"{target.name} {in_words(question.quantity, value)}"
        for target in sight.result.targets
        if question.quantity and (value := figure(target, question.quantity)) is not None
    ]
    if not measured:
        return faint("The lanes tell: press 1.")
    return Content.assemble("Measured: ", (" · ".join(measured), "bold"), (f"   ({question.quantity})", "$faint"))


def _question(question: Quiz, given: int | None, width: int) -> list[Content]:
    parts = prose(marked(question.question).stylize("bold"), width)
    for index, (text, why) in enumerate(zip(question.answers, question.why, strict=True)):
        right = index == question.right and given is not None
        parts += _choice(index, text, width, chosen=index == given, right=right)
        if given is not None:
            parts += prose(marked(why).stylize("$faint"), width, INDENT)
    if given is None:
        parts += prose(faint(f"Answer with {_keys(question.answers)}."), width)
    return parts


def _choice(index: int, text: str, width: int, *, chosen: bool, right: bool = False) -> list[Content]:
    """The right one has a tick, the one that was given an arrow."""
    style = "$success" if right else "$accent" if chosen else ""
    mark = f"{'▸' if chosen else ' '}{'✓' if right else ' '}{LETTERS[index]}  "
    first, *rest = prose(marked(text).stylize(style) if style else marked(text), width - INDENT)
    return [
        Content.assemble((mark, style or "bold"), first),
        *(Content(" " * INDENT) + line for line in rest),
    ]


def _keys(answers: Sequence[str]) -> str:
    return f"{', '.join(LETTERS[: len(answers) - 1])} or {LETTERS[len(answers) - 1]}"


def score_of(catalog: Catalog, answers_of: dict[str, list[int]]) -> tuple[int, int]:
    """How many questions were answered rightly, and how many at all; predictions are not counted."""
    right = total = 0
    for scenario in catalog.scenarios:
        first = 0 if scenario.toml.predict is UNSET else 1
        for question, given in zip(scenario.toml.quiz, answers_of.get(scenario.name, [])[first:], strict=False):
            total += 1
            right += given == question.right
    return right, total
