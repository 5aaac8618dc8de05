"""The figure that a verdict is on is shown wherever the figures of a run are."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import VerdictResult
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.report.figures import FIGURES, figure_words, heading, told_of_each, verdict_figure
from asgi_vs_wsgi.tui.widgets.results_table import IN_COLUMNS, whole

STREAMING = Path(__file__).parent / "recordings" / "streaming.avw"


@pytest.fixture(scope="module")
def result():
    return read_run(STREAMING).result


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("ttfb_ms.p95", "first byte p95"),
        ("classes.ordinary.latency_ms.p95", "ordinary p95"),
        ("classes.beside_senders.latency_ms.p95", "beside senders p95"),
        ("classes.light.ttfb_ms.p50", "light first byte p50"),
        ("workers_seen.max.rss_peak_mb", "largest worker"),
        ("requests.failed", "failed"),
    ],
)
def test_a_column_is_headed_by_what_the_verdict_is_on(metric, words):
    assert heading(metric) == words


def test_every_verdict_of_the_catalog_has_a_heading_that_a_column_has_room_for():
    metrics = [scenario.toml.verdict.metric for scenario in load_catalog().scenarios if scenario.toml.verdict]
    assert metrics
    assert [heading(metric) for metric in metrics if len(heading(metric)) > 20] == []


def test_the_board_shows_what_the_verdict_is_on_even_where_columns_are_left_out(result):
    for width in (60, 80, 160):
        head, *rows = board_lines(result, width)
        assert "first byte p95" in head
        for target, row in zip(result.targets, rows, strict=False):
            assert figure_words(target, "ttfb_ms.p95") in row


def test_the_board_has_no_second_column_for_what_it_shows_anyway(result):
    plain = replace(result, verdict=VerdictResult(None, None, "latency_ms.p95", "no verdict"))
    assert board_lines(plain, 160)[0].count("p95") == 1


def test_the_status_line_tells_every_target_or_where_there_is_no_room_the_two_ends(result):
    full, short = told_of_each(result, IN_COLUMNS)
    assert full.startswith("first byte p95: wsgi-sync ")
    assert all(f"{t.name} {figure_words(t, 'ttfb_ms.p95')}" in full for t in result.targets)
    assert short.startswith("first byte p95: ")
    assert " to " in short
    assert len(short) < 78


def test_nothing_more_is_told_where_the_verdict_is_on_what_is_told_anyway(result):
    plain = replace(result, verdict=VerdictResult(None, None, "latency_ms.p95", "no verdict"))
    assert told_of_each(plain, IN_COLUMNS) == []


def board_lines(result, width: int) -> list[str]:
    return str(whole(result, width)).splitlines()


def test_the_report_of_a_run_has_a_row_of_what_its_verdict_is_on_and_no_row_twice():
    assert [label for label, _ in verdict_figure("ttfb_ms.p95")] == ["first byte p95"]
    assert [label for label, _ in verdict_figure("latency_ms.p95")] == []
    rows = [label.strip() for label, _ in FIGURES]
    verdicts = [scenario.toml.verdict.metric for scenario in load_catalog().scenarios if scenario.toml.verdict]
    for metric in ("ttfb_ms.p75", "queue_ms.p95", *verdicts):
        assert not [label for label, _ in verdict_figure(metric) if label in rows]
