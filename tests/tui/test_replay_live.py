"""A saved run on the screen has the numbers that `--json` told of it."""

from __future__ import annotations

import json

import pytest
from command_line import command
from made_app import MadeApp

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.report.figures import in_seconds, milliseconds
from asgi_vs_wsgi.tui.widgets.note_view import Note
from asgi_vs_wsgi.tui.widgets.results_table import ResultsTable
from asgi_vs_wsgi.tui.widgets.ruler import EdgeLine

pytestmark = [pytest.mark.live, pytest.mark.anyio]


async def test_watch_and_compare_have_the_numbers_of_the_json(tmp_path):
    file = tmp_path / "x.avw"
    told = json.loads(command("run", "slow-io", "--set", "io_ms=50", "--save", str(file), "--json").stdout)
    made = MadeApp()
    async with made.app.run_test(size=(200, 60)) as pilot:
        made.screen.runs.open(read_run(file))
        await made.all_told(pilot)
        await pilot.press("e")
        await made.until(pilot, lambda: made.session.result_due and made.screen.query_one(ResultsTable).display)
        watch = str(made.screen.query_one(ResultsTable).render())
        await pilot.press("3")
        await made.until(pilot, lambda: made.screen.modes.mode == "compare")
        head = str(made.screen.query_one("#head", EdgeLine).render())
        compare = str(made.screen.query_one(Note).query_one("#words").content)  # type: ignore[attr-defined]
    assert " · 50 ms" in head
    for target in told["targets"]:
        counts, p95 = target["requests"], milliseconds(target["latency_ms"]["p95"])
        row = next(line for line in watch.splitlines() if line.startswith(target["name"] + " "))
        assert f"{counts['completed']}/{counts['planned']}" in row
        assert in_seconds(target["makespan_s"]) in row
        assert p95 in row
        assert f"p95 {p95}" in compare
        assert f"{counts['completed']} served" in compare
        assert f"of {in_seconds(target['makespan_s'])}" in compare
