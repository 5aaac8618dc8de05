"""The first screen is quick because little is imported for it, and drawing knows no terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported_by(statement: str) -> set[str]:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_screen_needs_no_server_no_site_and_no_charts():
    unwanted = {"django", "uvicorn", "gunicorn", "textual_plotext", "plotext", "uvloop", "anyio"}
    assert (
        not imported_by(
            "import asgi_vs_wsgi.tui.launch, asgi_vs_wsgi.tui.app, asgi_vs_wsgi.tui.lab_link, asgi_vs_wsgi.tui.recorded"
        )
        & unwanted
    )


def test_drawing_knows_no_terminal():
    assert not imported_by(
        "import asgi_vs_wsgi.tui.drawing.text, asgi_vs_wsgi.tui.drawing.pane, asgi_vs_wsgi.tui.drawing.sentence"
    ) & {"textual", "rich"}


def test_the_guardian_forks_before_anything_heavy_is_there():
    assert not imported_by("import asgi_vs_wsgi.tui.guardian, asgi_vs_wsgi.tui.launch") & {"textual", "rich"}
