"""Quiz: a prediction that the run answers, then the scenario's questions with an explanation of every answer."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET
from textual.content import Content

from scenarios.catalog import Catalog
from scenarios.definition import Predict, Quiz, Scenario
from scenarios.metrics import figure, in_words
from tui.modes.layout import faint, heading, lines
from tui.modes.sight import Sight
from tui.widgets.prose import marked

LETTERS = "abcd"


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
    """The answered questions with their explanations, then the next one."""
    asked = questions(sight.scenario)
    parts: list[Content | str] = []
    for index, question in enumerate(asked[: len(answers) + 1]):
        given = answers[index] if index < len(answers) else None
        parts += [*(_prediction if isinstance(question, Predict) else _question)(question, given, sight), ""]
    if not asked:
        parts.append(faint("This scenario has no questions."))
    elif len(answers) >= len(asked):
        parts.append(faint("That was all."))
    parts.append(faint(f"{score[0]} of {score[1]} right in all scenarios; x forgets all answers."))
    return lines(parts)


def _prediction(question: Predict | Quiz, given: int | None, sight: Sight) -> list[Content | str]:
    assert isinstance(question, Predict)
    parts: list[Content | str] = [heading("Before you run it"), marked(question.question)]
    parts += [_choice(index, text, chosen=index == given) for index, text in enumerate(question.answers)]
    if given is None:
        parts.append(faint(f"Guess with {_keys(question.answers)}; the run will tell."))
    elif sight.result is None or not question.quantity:
        parts.append(faint("Run it, and see."))
    else:
        measured = [
            f"{target.name} {in_words(question.quantity, value)}"
            for target in sight.result.targets
            if (value := figure(target, question.quantity)) is not None
        ]
        parts.append(Content.assemble("Measured: ", (" · ".join(measured) or "nothing", "bold")))
    return parts


def _question(question: Predict | Quiz, given: int | None, sight: Sight) -> list[Content | str]:
    assert isinstance(question, Quiz)
    parts: list[Content | str] = [marked(question.question).stylize("bold")]
    for index, (text, why) in enumerate(zip(question.answers, question.why, strict=True)):
        parts.append(_choice(index, text, chosen=index == given, right=index == question.right and given is not None))
        if given is not None:
            parts.append(Content.assemble("     ", marked(why).stylize("$faint")))
    if given is None:
        parts.append(faint(f"Answer with {_keys(question.answers)}."))
    return parts


def _choice(index: int, text: str, *, chosen: bool, right: bool = False) -> Content:
    style = "$success" if right else "$accent" if chosen else ""
    mark = "✓" if right else "•" if chosen else " "
    return Content.assemble((f"{mark} {LETTERS[index]}  ", style or "bold"), marked(text).stylize(style))


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
