"""Quiz: a prediction that the run answers, then the scenario's questions with an explanation of every answer.

What was answered last stands above the question that comes next; when all are answered, all are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from textual.content import Content

from scenarios.catalog import Catalog
from scenarios.definition import Predict, Quiz, Scenario
from scenarios.metric_words import in_words, metric_words
from scenarios.metrics import figure
from scenarios.result import RunResult, TargetResult
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
    parts: list[Content] = [*prose(_progress(asked, answers, score, told=sight.result), sight.width), Content()]
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


def _progress(
    asked: Sequence[Predict | Quiz], answers: Sequence[int], score: tuple[int, int], *, told: RunResult | None
) -> Content:
    """`1 guessed  2 right  3 asked now  4` and the score of all scenarios; a run judges the guess."""
    steps = Content("  ").join([_step(index, question, answers, told) for index, question in enumerate(asked)])
    total = f"   {score[0]} of {score[1]} right in all scenarios" if score[1] else ""
    return Content.assemble(steps, (total, "$faint"))


def _step(index: int, question: Predict | Quiz, answers: Sequence[int], told: RunResult | None) -> Content:
    number = f"{index + 1}"
    if index > len(answers):
        return faint(number)
    if index == len(answers):
        return Content.styled(f"{number} asked now", "bold $accent")
    known = judged_by(question, told) if isinstance(question, Predict) else question.right
    if known is None:
        return Content.styled(f"{number} guessed", "$primary")
    right = answers[index] == known
    return Content.styled(f"{number} {'right' if right else 'wrong'}", "$success" if right else "$error")


def judged_by(question: Predict, told: RunResult | None) -> int | None:
    """The right answer to a prediction, once a run has told; None where the run did not do as the lesson says."""
    if told is None or not all(_as_expected(target) for target in told.targets):
        return None
    return question.right


def _as_expected(target: TargetResult) -> bool:
    return (target.law is None or target.law.holds) and all(check.holds for check in target.checks)


def _prediction(question: Predict, given: int | None, sight: Sight) -> list[Content]:
    known = judged_by(question, sight.result) if given is not None else None
    parts = [heading(_title(given, sight)), *prose(marked(question.question), sight.width)]
    for index, text in enumerate(question.answers):
        parts += _choice(index, text, sight.width, chosen=index == given, right=index == known)
    return [*parts, *prose(_answer(question, given, sight), sight.width)]


def _title(given: int | None, sight: Sight) -> str:
    if sight.nothing:
        return "Before you run it"
    return "Before you look at the run" if given is None else "Your guess"


def _answer(question: Predict, given: int | None, sight: Sight) -> Content:
    """What the run says of a prediction."""
    if given is None:
        when = "the run will tell" if sight.nothing else "the end of the run will tell"
        return faint(f"Guess with {_keys(question.answers)}; {when if sight.result is None else 'the run is there'}.")
    if sight.result is None:
        return faint("Enter runs it, and tells." if sight.nothing else "The end of the run will tell.")
    return Content.assemble(_judgement(question, given, sight.result), _measured(question, sight.result))


def _judgement(question: Predict, given: int, told: RunResult) -> Content:
    """Whether the guess was right; nothing where no answer is marked as the right one."""
    if question.right is None:
        return Content()
    known = judged_by(question, told)
    if known is None:
        return faint("This run did not do as the lesson says, so your guess is not judged. ")
    if known == given:
        return Content.styled("Your guess was right. ", "bold $success")
    return Content.styled(f"Your guess was wrong: it is {LETTERS[known]}. ", "bold $error")


def _measured(question: Predict, told: RunResult) -> Content:
    measured = [
        f"{target.name} {in_words(question.quantity, value)}"
        for target in told.targets
        if question.quantity and (value := figure(target, question.quantity)) is not None
    ]
    if not measured:
        return faint("The lanes tell: press 1.")
    on = f"   ({metric_words(question.quantity)})"
    return Content.assemble("Measured: ", (" · ".join(measured), "bold"), (on, "$faint"))


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
