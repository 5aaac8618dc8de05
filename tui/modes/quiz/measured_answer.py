"""What a run has measured of the question that was asked before it.

Measured: time until all had a page
gunicorn-sync  3.23 s  ██████████████████████████████
uvicorn        0.22 s  ██
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from asgi_vs_wsgi.scenarios.results.metric_labels import in_words, metric_words
from asgi_vs_wsgi.scenarios.results.metrics import figure
from asgi_vs_wsgi.tui.modes.shared.layout import bar, faint, prose
from asgi_vs_wsgi.tui.text.text_width import pad_left, pad_right, shortened
from asgi_vs_wsgi.tui.text.text_width import width as cells

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Predict
    from asgi_vs_wsgi.scenarios.results import RunResult

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
            (f"{pad_right(shortened(name, label), label)}  ", "$primary"), f"{pad_left(words[name], figures)}  "
        )
        + bar(value, most, room, "$primary")
        for name, value in known.items()
    ]
    return [*prose(Content.assemble("Measured: ", (metric_words(question.quantity), "bold")), width), *rows]
