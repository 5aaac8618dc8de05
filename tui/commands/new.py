"""`new`: a starter scenario folder, and what to do with it."""

from __future__ import annotations

from pathlib import Path

from asgi_vs_wsgi.scenarios.scenario_files.scaffold import new_folder
from asgi_vs_wsgi.tui.commands.output import print_lines


def new(name: str, directories: tuple[str, ...]) -> int:
    """Write it into the last `--scenarios` folder, or here."""
    directory = directories[-1] if directories else "."
    folder = new_folder(name, Path(directory))
    print_lines(
        [
            f"{folder} is written: scenario.toml, views.py, lesson.md. It runs as it is:",
            f"  asgi-vs-wsgi-tui run {name} --scenarios {directory}",
            f"  asgi-vs-wsgi-tui --scenarios {directory}",
        ]
    )
    return 0
