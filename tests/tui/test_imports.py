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
    screen = ("open_screen", "lab_app", "lab_client.client", "recorded")
    assert not imported_by("; ".join(f"import asgi_vs_wsgi.tui.{each}" for each in screen)) & unwanted


def test_drawing_knows_no_terminal():
    drawing = ("plain_text", "lanes.pane")
    assert not imported_by("; ".join(f"import asgi_vs_wsgi.tui.drawing.{each}" for each in drawing)) & {
        "textual",
        "rich",
    }


def test_the_guardian_forks_before_anything_heavy_is_there():
    assert not imported_by("import asgi_vs_wsgi.tui.terminal.supervisor, asgi_vs_wsgi.tui.open_screen") & {
        "textual",
        "rich",
    }
