"""The prediction that is asked before a run: whether the run says that the guess was right, and what it measured.

✓ Right.
Measured: time until all had a page
gunicorn-sync  3.23 s  ██████████████████████████████
uvicorn        0.22 s  ██
"""

from __future__ import annotations

from textual.content import Content

from asgi_vs_wsgi.scenarios.model.scenario import Predict, ScenarioToml
from asgi_vs_wsgi.scenarios.results import CheckResult, LawResult, RunResult, TargetResult
from asgi_vs_wsgi.scenarios.results.metric_labels import in_words, metric_words
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.tui.modes.shared.layout import bar, faint, prose
from asgi_vs_wsgi.tui.text.text_width import pad_left, pad_right, shortened
from asgi_vs_wsgi.tui.text.text_width import width as cells

BAR = 40


def judged_by(question: Predict, toml: ScenarioToml, told: RunResult | None) -> int | None:
    """The right answer to a prediction, once a run has told; None where the run did not do as the lesson says.

    Answers are texts of the folder, with its numbers: of a run with others they may not be true.
    """
    if told is None or not as_in_folder(toml, told) or not all(_as_expected(target) for target in told.targets):
        return None
    return question.right


def untold(told: RunResult) -> str:
    """Why a law or check of the run cannot be told to hold; empty where none is like that, or another does not hold."""
    findings: list[LawResult | CheckResult] = [target.law for target in told.targets if target.law]
    findings += [check for target in told.targets for check in target.checks]
    if any(finding.holds is False for finding in findings):
        return ""
    return next((finding.reason or "not known why" for finding in findings if finding.holds is None), "")


def as_in_folder(toml: ScenarioToml, told: RunResult) -> bool:
    """Whether the run had the parameters, the load and the targets that the scenario's texts speak of."""
    load, parameters = told.load, {name: each.default for name, each in toml.parameters.items()}
    as_run = (load.arrivals, load.requests, load.concurrency, load.rate, load.duration_s)
    meant = (toml.load.arrivals, toml.load.requests, toml.load.concurrency, toml.load.rate, toml.load.duration_s)
    sizes = {target.name: (target.server, target.workers, target.threads) for target in toml.targets}
    return (
        dict(told.parameters) == parameters
        and as_run == meant
        and all(sizes.get(each.name) == (each.server, each.workers, each.threads) for each in told.targets)
    )


def _as_expected(target: TargetResult) -> bool:
    as_told = (target.law is None or target.law.holds is True) and all(check.holds is True for check in target.checks)
    return as_told and not target.driver.limited


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
            (f"{pad_right(shortened(name, label), label)}  ", "$primary"), f"{pad_left(words[name], figures)}  "
        )
        + bar(value, most, room, "$primary")
        for name, value in known.items()
    ]
    return [*prose(Content.assemble("Measured: ", (metric_words(question.quantity), "bold")), width), *rows]
