"""What stands on the border of a pane says what it shows, in as many words as there is room for."""

from __future__ import annotations

import pytest
from made_traces import facts, on_loops

from asgi_vs_wsgi.scenarios.trace.target_trace import TargetTrace
from asgi_vs_wsgi.tui.playback.playback import TargetPlayback
from asgi_vs_wsgi.tui.widgets.lanes_border import border_title


def _titled(width: int, **changes: object) -> str:
    trace = TargetTrace(facts("asgi", **changes), on_loops(2).visits)
    return border_title(TargetPlayback(trace), width)


@pytest.mark.parametrize(
    ("width", "title"),
    [
        (80, "asgi-async · ASGI · gunicorn asgi · async generator · one event loop each"),
        (60, "asgi-async · ASGI · gunicorn asgi · async generator"),
        (40, "asgi-async · ASGI · async generator"),
        (34, "asgi-async · async generator"),
        (24, "asgi-async · ASGI"),
    ],
)
def test_a_title_keeps_what_tells_targets_of_one_server_apart(width: int, title: str):
    named = {"name": "asgi-async", "server": "gunicorn-asgi", "label": "gunicorn asgi · async generator"}
    assert _titled(width, **named) == title


def test_a_target_that_has_the_name_of_its_server_is_told_by_it():
    assert _titled(24) == "uvicorn · ASGI"
