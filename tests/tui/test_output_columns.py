"""How wide a report is: as the terminal that it goes to, which COLUMNS may no longer know the size of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bare_terminal import BareTerminal
from hypothesis import given
from hypothesis import strategies as st
from test_report_tournament import ran

from asgi_vs_wsgi.tui.report.tournament import NARROWEST, tournament_report
from asgi_vs_wsgi.tui.text.text_width import width

ROOT = Path(__file__).parents[2]
ASK = "from asgi_vs_wsgi.tui.terminal.tty import output_columns; print('columns', output_columns(77), 'end')"


def asked(**env: str) -> str:
    with BareTerminal(["-c", ASK], command=[sys.executable], size=(91, 30), env={"PYTHONPATH": str(ROOT)} | env) as it:
        assert it.ended() == 0
        return it.output.decode()


@pytest.mark.parametrize("stated", ["", "20", "1000", "x"])
def test_a_terminal_tells_its_own(stated: str):
    assert "columns 91 end" in asked(COLUMNS=stated)


@pytest.mark.parametrize(("stated", "columns"), [("", 77), ("0", 77), ("x", 77), ("50", 50)])
def test_elsewhere_columns_counts(monkeypatch: pytest.MonkeyPatch, stated: str, columns: int):
    monkeypatch.setenv("COLUMNS", stated)
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == f"columns {columns} end\n"


@given(st.integers(1, 300))
def test_a_ranking_fits_any_width(columns: int):
    tournament = ran(("uvicorn", "asgi", "async_page"), ("waitress", "wsgi", "page"))
    assert max(map(width, tournament_report(tournament, columns))) <= max(NARROWEST, columns)
