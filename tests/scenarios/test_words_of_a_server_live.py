"""What a server and its views print while they fail is told, and obeyed by no terminal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from obeyed_signs import obeyed

from asgi_vs_wsgi.scenarios.catalog import OURS, load_catalog
from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.foreground import run_headless

FAILS = """
print("\\x1b]0;OWNED\\x07\\x1b[2J" + "x" * 5_000_000, flush=True)
raise RuntimeError("boom \\x1b]0;OWNED\\x07 \\x9b7m\\u202e")
"""


@pytest.mark.live
def test_the_words_of_a_view_that_fails_are_shown_and_not_obeyed(tmp_path: Path):
    shutil.copytree(OURS / "slow-io", tmp_path / "fails")
    views = tmp_path / "fails" / "views.py"
    views.write_text(views.read_text("utf-8") + FAILS, "utf-8")
    options = Options("fails", targets=("gunicorn-sync:1",), scenario_dirs=(str(tmp_path),))
    with pytest.raises(RunFailed) as caught:
        run_headless(
            resolve(options, load_catalog(options.scenario_dirs)),
            on_progress=lambda progress: None,
            on_ready=lambda target, pid: None,
        )
    detail = caught.value.detail
    assert "boom \\x1b]0;OWNED\\x07 \\x9b7m\\u202e" in detail
    assert not obeyed(detail.replace("\n", ""))
    assert len(detail) < 50_000
