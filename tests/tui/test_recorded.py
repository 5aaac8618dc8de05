"""The run that the first screen shows: there, whole, and read by this version."""

from __future__ import annotations

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.recorded import FIRST, first_run


def test_the_run_of_the_first_screen_is_a_whole_one_of_the_default_scenario():
    saved = read_run(FIRST)
    assert saved.scenario.name == "slow-io"
    assert [target.requests.completed for target in saved.result.targets] == [32, 32]
    assert saved.result.verdict.winner == "uvicorn"
    assert not any(target.telemetry.lost for target in saved.result.targets)


def test_a_file_that_is_missing_or_broken_leaves_the_first_screen_without_a_picture(tmp_path):
    assert first_run(tmp_path / "none.avw") is None
    (tmp_path / "broken.avw").write_text("words")
    assert first_run(tmp_path / "broken.avw") is None
