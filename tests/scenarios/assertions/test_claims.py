"""One grammar for folders and the command line: what is a claim, in which units, and what is told of what is none."""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.assertions.claims import (
    UNITS,
    Expectation,
    Fault,
    expectation_faults,
    is_time,
    read_claim,
    read_expectation,
    unit_of,
)
from asgi_vs_wsgi.scenarios.catalog import OURS
from asgi_vs_wsgi.scenarios.results.metrics import METRICS, in_words
from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, read_folder
from asgi_vs_wsgi.server_targets.servers import server_specs


@pytest.mark.parametrize(
    ("text", "quantity", "bound"),
    [
        (">= 2", "hops_per_request", 2),
        ("<= 928", "latency_ms.max", 928),
        ("< 200ms", "latency_ms.p95", 200),
        ("<1.5s", "latency_ms.p95", 1500),
        ("< 1_500 ms", "makespan_s", 1.5),
        ("< .5 s", "makespan_s", 0.5),
        ("< 2 min", "makespan_s", 120),
        ("> 250us", "ttfb_ms.min", 0.25),
        ("> 50%", "workers_seen.min.busy_share", 0.5),
        ("< 0.5", "workers_seen.min.busy_share", 0.5),
        ("< 80MiB", "workers_seen.max.rss_peak_mb", 80),
        ("< 1GiB", "workers_seen.max.rss_peak_mb", 1024),
        (">= 98.5/s", "throughput_rps", 98.5),
    ],
)
def test_a_number_is_taken_in_its_unit_and_without_one_in_the_figures_own(text, quantity, bound):
    expected = read_expectation(text)
    assert isinstance(expected, Expectation)
    assert expected.bound(quantity, None) == pytest.approx(bound)
    assert not [*expectation_faults(quantity, expected, ["uvicorn"], METRICS)]


@pytest.mark.parametrize(
    ("text", "quantity", "other", "bound"),
    [
        ("< 0.5 * a/latency_ms.p95", "latency_ms.p95", 800.0, 400.0),
        ("<50%*a/latency_ms.p95", "latency_ms.p95", 800.0, 400.0),
        ("== a/requests.planned", "requests.completed", 32.0, 32.0),
        ("> 0.4 * a/service_s", "left.worked_on_ms", 2.0, 800.0),
        ("< 2 * a/latency_ms.max", "makespan_s", 1500.0, 3.0),
        ("< 2 * a/latency_ms.max", "makespan_s", None, None),
    ],
)
def test_times_are_compared_as_times_whatever_they_are_counted_in(text, quantity, other, bound):
    expected = read_expectation(text)
    assert isinstance(expected, Expectation)
    assert expected.bound(quantity, other) == (None if bound is None else pytest.approx(bound))


def test_what_a_class_or_a_page_is_called_says_nothing_of_the_unit():
    assert unit_of("classes.slow_s.requests.failed") == unit_of("requests.failed")
    assert unit_of("classes.a.pages.books_ms.requests.failed") == unit_of("requests.failed")
    assert unit_of("classes.a.pages.books.latency_ms.p95") == UNITS["ms"]
    assert not is_time("classes.slow_s.requests.failed")
    assert in_words("classes.slow_s.requests.failed", 3) == "3"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("uvicorn/latency_ms.p95", "compares with nothing"),
        ("< 200ms", "no figure of a target"),
        ("uvicorn / latency_ms.p95 < 2", "no figure of a target"),
        ("uvicorn/latency_ms.p95 <", "ends after the comparison"),
        ("uvicorn/latency_ms.p95 = 2", "did you mean ==?"),
        ("uvicorn/latency_ms.p95 =< 2", "did you mean <=?"),
        ("uvicorn/latency_ms.p95 < fast", "`fast` is neither a number nor a figure of a target"),
        ("uvicorn/latency_ms.p95 < -3", "neither a number"),
        ("uvicorn/latency_ms.p95 < 200msec", "did you mean `ms`?"),
        ("uvicorn/latency_ms.p95 < 200Ms", "did you mean `ms`?"),
        ("uvicorn/latency_ms.p95 < 3 fortnights", "there is no unit `fortnights`"),
        ("uvicorn/workers_seen.max.rss_peak_mb < 80MB", "did you mean `MiB`?"),
        (f"uvicorn/latency_ms.p95 < {'9' * 400}", "not finite"),
    ],
)
def test_what_is_no_claim_says_why_and_what_would_be_one(text, said):
    fault = read_claim(text)
    assert isinstance(fault, Fault)
    assert said in f"{fault.reason} ({fault.right})"


@given(st.text(st.sampled_from("uvicorn/latency_ms.p95<=>*0.5%!ms \n\x1b")) | st.text())
def test_any_text_is_a_claim_or_a_fault(text):
    found = read_claim(text)
    if isinstance(found, Fault):
        assert found.reason
        assert found.right
    else:
        bound = found.expectation.bound("makespan_s", 1.0)
        assert bound is not None
        assert isfinite(bound)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("< 200MiB", "`latency_ms.p95` is a time, and `MiB` is of memory (such as `200ms`)"),
        ("< 1.25 * gunicorn-sync/requests.failed", "`latency_ms.p95` is a time, and `requests.failed` is a number"),
        ("< 0.5 * gunicorn-sync/latency_ms.p96", "`latency_ms.p96` is no figure"),
        ("< 0.5 * gunicorn-snc/latency_ms.p95", "did you mean `gunicorn-sync`?"),
        ("< 200 parsecs", "there is no unit `parsecs`"),
    ],
)
def test_a_folder_says_the_same_of_its_checks(tmp_path: Path, expected: str, said: str):
    with pytest.raises(BrokenFolder) as broken:
        read_folder(_folder(tmp_path, expected), {product.name: product for product in server_specs()})
    assert said in str(broken.value) + broken.value.one_line()


def test_a_folder_may_use_units_and_a_figure_without_a_factor(tmp_path: Path):
    for expected in ("< 200ms", "< gunicorn-sync/latency_ms.p95", "< 2 * gunicorn-sync/makespan_s"):
        scenario = read_folder(_folder(tmp_path, expected), {product.name: product for product in server_specs()})
        assert scenario.toml.targets[-1].checks[-1].expected == expected


@pytest.mark.parametrize("table", ["verdict", "predict"])
def test_what_only_a_browser_measures_decides_nothing_about_a_run(tmp_path: Path, table: str):
    folder = _folder(tmp_path, "< 200ms")
    toml = (folder / "scenario.toml").read_text()
    key = {"verdict": "metric", "predict": "quantity"}[table]
    head, _, rest = toml.partition(f"[{table}]")
    rest = re.sub(rf"(?m)^{key} = .*$", "", rest, count=1)
    (folder / "scenario.toml").write_text(f'{head}\n[{table}]\n{key} = "vitals.ttfb_ms.p75"\n{rest}')
    with pytest.raises(BrokenFolder, match="only `browse` measures it, and no run"):
        read_folder(folder, {product.name: product for product in server_specs()})


def _folder(where: Path, expected: str) -> Path:
    """`slow-io` with a check."""
    folder = where / "checked"
    folder.mkdir(exist_ok=True)
    for file in (OURS / "slow-io").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    toml = (folder / "scenario.toml").read_text()
    head, last, rest = toml.rpartition('law = "all-at-once"')
    check = f'\n[[targets.checks]]\nname = "c"\nquantity = "latency_ms.p95"\nexpected = "{expected}"\n'
    (folder / "scenario.toml").write_text(f"{head}{last}{check}{rest}")
    return folder
