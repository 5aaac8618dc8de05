from __future__ import annotations

import pytest
from msgspec import Struct
from msgspec.structs import fields

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import (
    ChildProcesses,
    DatabaseConnections,
    HttpConnections,
    InFlight,
    Latency,
    LeftVisitors,
    OwnThreads,
    PieceCount,
    RequestCounts,
    Spread,
    TargetResult,
    WorkerSeen,
)
from asgi_vs_wsgi.scenarios.results.browser import Vitals
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, MORE_IS_BETTER, in_words, metric_words, metrics_with
from asgi_vs_wsgi.scenarios.trace.states import STATE_NAMES
from asgi_vs_wsgi.scenarios.wording import megabytes, per_second, seconds

INNER: dict[str, type[Struct]] = {
    "requests": RequestCounts,
    "in_flight": InFlight,
    "left": LeftVisitors,
    "connections": DatabaseConnections,
    "http_connections": HttpConnections,
    "workers_seen": WorkerSeen,
    "own_threads": OwnThreads,
    "child_processes": ChildProcesses,
    **dict.fromkeys(("latency_ms", "uncorrected_latency_ms", "ttfb_ms", "queue_ms", "accepted_ms"), Latency),
}


@pytest.mark.parametrize("path", METRICS)
def test_every_metric_is_a_key_of_the_result(path: str) -> None:
    outer, _, inner = path.partition(".")
    assert outer in {field.name for field in fields(TargetResult)}
    if outer == "states_ms":
        assert inner in STATE_NAMES
    elif outer == "pieces":
        figure, _, inner = inner.partition(".")
        assert inner in {field.name for field in fields({"count": PieceCount, "gap_ms": Spread}[figure])}
    elif outer == "vitals":
        assert inner.split(".")[0] in {field.name for field in fields(Vitals)}
    elif inner:
        inner = inner.removeprefix("max.").removeprefix("min.").removeprefix("sum.")
        assert inner in {field.name for field in fields(INNER[outer])}


def test_the_default_metric_and_those_that_grow_are_known() -> None:
    assert "latency_ms.p95" in METRICS
    assert "latency_ms" not in METRICS
    assert set(METRICS) >= MORE_IS_BETTER


def test_the_figures_of_a_class_of_visitors_are_known_where_the_scenario_has_it() -> None:
    assert "classes.fast.latency_ms.p95" in metrics_with(["fast"])
    assert "classes.fast.latency_ms.p95" not in metrics_with(["slow"])


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("latency_ms.p95", 312.1, "0.31 s"),
        ("latency_ms.p95", 3261.0, "3.26 s"),
        ("makespan_s", 0.0421, "42 ms"),
        ("makespan_s", 1.0, "1.00 s"),
        ("ttfb_ms.max", 1.214, "1.2 ms"),
        ("ttfb_ms.max", 0.314, "0.3 ms"),
        ("ttfb_ms.max", 0.0, "0.0 ms"),
        ("ttfb_ms.max", 999.7, "1.00 s"),
        ("throughput_rps", 98.66, "98.7/s"),
        ("hops_per_request", 16.0, "16"),
        ("workers_seen.max.rss_peak_mb", 42.125, "42 MB"),
    ],
)
def test_a_figure_is_told_with_its_unit(path: str, value: float, words: str) -> None:
    assert in_words(path, value) == words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("latency_ms.p95", "p95 latency"),
        ("ttfb_ms.max", "longest time to the first byte"),
        ("classes.beside_senders.latency_ms.p95", "p95 latency of “beside senders” visitors"),
        ("requests.failed", "failed requests"),
        ("left.zombie", "left.zombie"),
        ("workers_seen.max.blocked_share", "largest part of the run for which a worker was blocked"),
    ],
)
def test_a_path_is_told_in_words_where_there_are_some(path, words):
    assert metric_words(path) == words


def test_what_our_scenarios_are_judged_by_has_words():
    judged = {scenario.toml.verdict.metric for scenario in load_catalog().scenarios}
    assert [path for path in judged if metric_words(path) == path] == []


def test_every_figure_that_a_check_may_name_has_words_and_the_number_of_a_process_is_none():
    assert not [path for path in METRICS if metric_words(path) == path]
    assert not [path for path in METRICS if path.endswith(".pid")]


def test_a_figure_has_one_form_wherever_it_stands():
    for value_ms in (0.02, 0.4, 4.21, 42.4, 99.6, 222.4, 999.7, 3230.0, 99_960.0):
        assert (
            in_words("latency_ms.p95", value_ms) == in_words("makespan_s", value_ms / 1000) == seconds(value_ms / 1000)
        )
    for rate in (0.004, 0.5, 9.96, 98.66, 1234.5):
        assert in_words("throughput_rps", rate) == per_second(rate)
    for size_mb in (0.5, 9.9, 42.125, 1234.0):
        assert in_words("workers_seen.max.rss_peak_mb", size_mb) == megabytes(size_mb)


@pytest.mark.parametrize(
    ("path", "values", "told"),
    [
        ("latency_ms.p95", (928.0, 930.4), ["0.928 s", "0.930 s"]),
        ("ttfb_ms.p95", (1.71, 1.74), ["1.71 ms", "1.74 ms"]),
        ("throughput_rps", (1200.2, 1200.4), ["1200.2/s", "1200.4/s"]),
        ("latency_ms.p95", (3231.0, 3233.0), ["3.231 s", "3.233 s"]),
        ("latency_ms.p95", (222.0, 222.0), ["0.22 s", "0.22 s"]),
    ],
)
def test_only_what_would_look_like_another_figure_beside_it_has_more_digits(path, values, told):
    assert [in_words(path, value, values) for value in values] == told
