"""Every figure that a mode shows is one of the document that `run --json` prints, in the screen's own rounding.

The screen is read as somebody reads it who sits before it: each number of its text must be one of the document, or
follow from such ones in a way that is written down here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from document_figures import AXIS, Document, admissible, unexplained
from made_app import MadeApp
from made_modes import show_at
from msgspec import json
from msgspec.structs import replace
from saved_runs import FOLDER, seen
from seen_screen import mode_says, text_of

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.results import RunResult
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors
from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.scenarios.wording import megabytes, named, number, per_second, seconds
from asgi_vs_wsgi.tui.modes import NAMES
from asgi_vs_wsgi.tui.modes.registry import mode_words
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.modes.what_if import BY_LAWS
from asgi_vs_wsgi.tui.widgets.main_area import MainArea
from asgi_vs_wsgi.tui.widgets.results_table import whole

RUNS = {
    "slow-io": "a burst, with a ladder",
    "hello-world": "closed",
    "overload": "open, at random moments, and many left without a page",
    "connections": "with a database",
    "worker-crash": "a worker died",
    "gevent": "three targets",
}
WIDTH, HEIGHT = 140, 130
CATALOG = load_catalog()


@pytest.fixture(scope="module", params=RUNS)
def run(request) -> SavedRun:
    return read_run(FOLDER / f"{request.param}.avw")


def document_of(run: SavedRun) -> Document:
    return json.decode(json.encode(run.result))


async def texts_of(run: SavedRun) -> dict[str, str]:
    """Of each mode, at the end of the run, on a screen that is high enough for all of it."""
    made, texts = MadeApp(catalog=CATALOG), {}
    made.session.replay(run)
    async with made.app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await show_at(made, pilot)
        for key, mode in enumerate(NAMES, 1):
            await pilot.press(str(key))
            if mode == "waterfall":
                rows = sum(target.requests.planned for target in run.result.targets)
                await pilot.resize_terminal(WIDTH, HEIGHT + rows)
            await pilot.pause()
            if mode == "what-if":
                await made.until(pilot, lambda: not made.screen.modes.simulation.busy)
                made.screen.redraw()
            worded = mode not in ("watch", "waterfall")
            texts[mode] = mode_says(made) if worded else _text_of_main_area(made)
    return texts


def _text_of_main_area(made: MadeApp) -> str:
    region = made.screen.query_one(MainArea).region
    return "\n".join(line[region.x : region.right] for line in text_of(made).splitlines()[region.y : region.bottom])


# ---- what is the same


@pytest.fixture(scope="module")
def document(run) -> Document:
    return document_of(run)


@pytest.fixture(scope="module")
async def texts(run) -> dict[str, str]:
    return await texts_of(run)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


CHECKED_APART = ("pipeline", "waterfall", "what-if")


@pytest.mark.anyio
async def test_every_figure_of_every_mode_is_the_documents(texts, document):
    told = admissible(document)
    wrong = [each for mode in texts if mode not in CHECKED_APART for each in unexplained(mode, texts[mode], told)]
    assert not wrong


@pytest.mark.anyio
async def test_the_figures_that_a_run_is_told_by_are_on_the_screen(texts, document):
    """Else a mode could leave them out, and no figure of it would be wrong."""
    for target in document["targets"]:
        latency, counts = target["latency_ms"], target["requests"]
        for name in ("p50", "p95"):
            assert seconds(latency[name] / 1000) in texts["watch"]
        for figure in (seconds(target["makespan_s"]), per_second(target["throughput_rps"])):
            assert figure in texts["watch"]
        assert f"{counts['completed']}/{counts['planned']} done" in texts["watch"]
        assert f"{target['in_flight']['max_per_worker']} in one worker" in texts["compare"]
        assert seconds(target["ttfb_ms"]["p75"] / 1000) in texts["vitals"]
        if target["law"] and target["law"]["holds"]:
            assert texts["what-if"].count(seconds(target["law"]["predicted_makespan_s"])) > 0
            assert seconds(target["law"]["predicted_makespan_s"]) in texts["watch"]
        if target["interface"] == "asgi" and target["hops_per_request"]:
            assert f"{named(target['name'])}: {number(target['hops_per_request'])} hops" in texts["tips"]
            assert megabytes(max(each["rss_peak_mb"] for each in target["workers_seen"])) in texts["tips"]
    assert document["verdict"]["words"].removeprefix("no verdict: ") in " ".join(texts["compare"].split())


STAGES = ("coming in", "in line", "request handling", "response generation", "sending")
TIME = r"<?[\d.]+ m?s"


@pytest.mark.anyio
async def test_the_stages_of_the_pipeline_are_the_states_of_the_document(texts, document):
    rows = {stage: re.findall(rf"{stage} +({TIME})", texts["pipeline"]) for stage in STAGES}
    for at, target in enumerate(document["targets"]):
        states = {name: value or 0 for name, value in target["states_ms"].items()}
        assert rows["coming in"][at] == seconds((states["late"] + states["connecting"] + states["receiving"]) / 1000)
        assert rows["in line"][at] == seconds(states["queued"] / 1000)
        assert rows["sending"][at] == seconds(states["sending"] / 1000)
        inside = sum(states[name] for name in ("running", "blocked", "stalled", "awaiting"))
        told = [rows[stage][at] for stage in ("request handling", "response generation")]
        assert sum(map(_ms, told)) == pytest.approx(inside, abs=sum(map(_half_a_digit, told)))
        assert f"first byte after {seconds(target['ttfb_ms']['mean'] / 1000)}" in " ".join(texts["pipeline"].split())


@pytest.mark.anyio
async def test_what_else_the_pipeline_says_is_the_documents_and_the_longest_stage_has_its_share(texts, document):
    rows = {stage: re.findall(rf"{stage} +({TIME})", texts["pipeline"]) for stage in STAGES}
    others = (line for line in texts["pipeline"].splitlines() if not re.match(rf"[ ▸] ({'|'.join(STAGES)}) ", line))
    words = " ".join(" ".join(others).split())
    longest = re.findall(rf"(?:most of a visit is|the longest stage is) ({'|'.join(STAGES)}): ([\d.]+)% of it", words)
    for at, ((stage, part), target) in enumerate(zip(longest, document["targets"], strict=True)):
        assert _ms(rows[stage][at]) == max(_ms(told[at]) for told in rows.values())
        time, percent = rows[stage][at], 100 / target["latency_ms"]["mean"]
        assert float(part) == pytest.approx(percent * _ms(time), abs=0.51 + percent * _half_a_digit(time))
    assert not unexplained("pipeline", re.sub(r"[\d.]+% of it", "", words), admissible(document))


def _ms(words: str) -> float:
    value, unit = words.split()
    return _half_a_digit(words) if value[0] == "<" else float(value) * MS[unit]


def _half_a_digit(words: str) -> float:
    """How far a time in milliseconds may be from what is written of it."""
    value, unit = words.split()
    return 0.5001 * 10.0 ** -len(value.partition(".")[2]) * MS[unit]


MS = {"ms": 1, "s": 1000}


@pytest.mark.anyio
async def test_the_rows_of_the_waterfall_have_the_documents_percentiles(texts, document):
    rows = "\n".join(line for line in texts["waterfall"].splitlines() if not AXIS.match(line))
    blocks = re.split(r"^.* done · .*$", rows, flags=re.MULTILINE)[1:]
    titles = iter(re.findall(r"^.* done · .*$", rows, flags=re.MULTILINE))
    for target, block in zip(document["targets"], blocks, strict=True):
        ends = re.findall(rf"^ +\d+ .*?(✕ )?({TIME}) *$", block, flags=re.MULTILINE)
        served = sorted((time for lost, time in ends if not lost), key=_ms)
        title = next(titles)
        assert f"makespan {seconds(target['makespan_s'])}" in title
        assert f"p95 {seconds(target['latency_ms']['p95'] / 1000)}" in title
        assert not unexplained("waterfall", title, admissible(document))
        counts, latency = target["requests"], target["latency_ms"]
        assert (len(ends), len(served)) == (counts["planned"], counts["completed"])
        for name, part in (("min", 0.0), ("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            assert served[max(1, math.ceil(part * len(served))) - 1] == seconds(latency[name] / 1000), name


@pytest.mark.anyio
async def test_the_distribution_counts_the_documents_visitors_where_its_percentiles_are(texts, document):
    for rows, target in zip(_distribution(texts["compare"], document), document["targets"], strict=True):
        counts, latency = target["requests"], target["latency_ms"]
        assert sum(count for _, _, count in rows) == counts["completed"]
        for name, part in (("p50", 0.5), ("p95", 0.95)):
            rank, before = math.ceil(part * counts["completed"]), 0
            low, high = next((low, high) for low, high, count in rows if (before := before + count) >= rank)
            assert low <= latency[name] <= high, name


def _distribution(text: str, document: Document) -> list[list[tuple[float, float, int]]]:
    """Of each target: from, until (ms) and how many."""
    lines = text.splitlines()
    at = next(at for at, line in enumerate(lines) if line.strip().startswith("waited "))
    starts = [lines[at].index(f" {target['name']}") for target in document["targets"]] + [None]
    out: list[list[tuple[float, float, int]]] = [[] for _ in document["targets"]]
    for line in lines[at + 1 :]:
        edges = re.match(r" *([\d.]+) – ([\d.]+) (m?s)", line)
        if not edges:
            break
        low, high = (float(edges[group]) * MS[edges[3]] for group in (1, 2))
        for place, rows in enumerate(out):
            found = re.search(r"(\d+)\s*$", line[starts[place] : starts[place + 1]])
            rows.append((low, high, int(found[1]) if found else 0))
    return out


@pytest.mark.anyio
async def test_what_if_predicts_by_numbers_that_come_to_the_documents_law_or_throughput(texts, document):
    words = " ".join(texts["what-if"].replace("\u00a0", " ").split())
    words = words.partition(BY_LAWS)[2] or words  # below what is simulated
    for target in document["targets"]:
        law, its = target["law"], words.partition(f"{target['name']} ")[2]
        if law and law["holds"]:
            assert its.index(f"PREDICTED makespan {seconds(law['predicted_makespan_s'])}") < its.index("MEASURED")
            assert f"MEASURED makespan {seconds(law['measured_makespan_s'])}" in its
            assert _worked_out(its.partition("PREDICTED makespan ")[2]) == pytest.approx(
                law["predicted_makespan_s"], rel=0.01
            )
        elif document["load"]["rate"]:
            rate, held, in_use = _slots_in_use(its.partition("MEASURED ")[2])
            assert rate == per_second(target["throughput_rps"])
            assert in_use == pytest.approx(target["throughput_rps"] * held / 1000, rel=0.02, abs=0.05)
            held_in = ("running",) if target["interface"] == "asgi" else ("receiving", "running", "blocked", "stalled")
            assert held == pytest.approx(sum(target["states_ms"][name] or 0 for name in held_in), rel=0.01)


@pytest.mark.anyio
async def test_what_stands_measured_beside_what_is_simulated_is_the_documents(texts, document):
    words = " ".join(texts["what-if"].replace("\u00a0", " ").partition(BY_LAWS)[0].split())
    told = [target for target in document["targets"] if re.search(rf"\b{target['name']} \d+ workers?", words)]
    assert told or "which is not simulated" in " ".join(texts["what-if"].split())
    for target in told:
        its = re.split(rf"\b{target['name']} \d+ workers?", words)[1]
        latency = {name: seconds(target["latency_ms"][name] / 1000) for name in ("p50", "p95", "p99")}
        figures = " ".join(f"{name} {value}" for name, value in latency.items())
        assert f"MEASURED {figures} makespan {seconds(target['makespan_s'])} " in its
        assert f" {target['requests']['planned']} visitors, {target['workers']} worker" in its


def _worked_out(words: str) -> float:
    """`… = 16 turns of 202 ms`, `202 ms + 32 × 1.83 ms of CPU / 2 workers`, in seconds."""
    if turns := re.match(rf"{TIME} [^=+]*= (\d+) turns? of ({TIME})", words):
        return int(turns[1]) * _ms(turns[2]) / 1000
    found = re.match(rf"{TIME} ({TIME}) \+ (\d+) × ({TIME}) of CPU / (\d+)", words)
    assert found, words[:100]
    return (_ms(found[1]) + int(found[2]) * _ms(found[3]) / int(found[4])) / 1000


def _slots_in_use(words: str) -> tuple[str, float, float]:
    """Served a second, held for so many milliseconds, in use."""
    found = re.match(rf"([\d.]+) of \d+ +\S* *([\d. ]+/s) served × ({TIME})", words)
    assert found, words[:100]
    return found[2].strip(), _ms(found[3]), float(found[1])


# ---- and a figure that is another on its way to the screen is noticed

CHANGED = {
    "slow-io": (
        *("latency_ms.p50", "latency_ms.p95", "latency_ms.mean", "ttfb_ms.p75", "queue_ms.p95", "throughput_rps"),
        *("makespan_s", "service_s", "requests.completed", "in_flight.max", "in_flight.max_per_worker"),
        *("hops_per_request", "workers_seen.rss_peak_mb", "workers_seen.threads_peak", "workers_seen.blocked_share"),
        *("workers_seen.loop_held_max_ms", "states_ms.queued", "states_ms.awaiting", "blame.ms"),
        *("law.predicted_makespan_s", "law.measured_makespan_s"),
    ),
    "connections": ("connections.peak", "latency_ms.p50", "machine.others_share"),
    "worker-crash": ("requests.failed", "workers_lost", "awaiting_for.ms"),
}
OF_THE_RUN = {"slow-io": ("ladder.p95_ms", "rounds.p95_ms")}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in CHANGED.items() for path in paths])
def test_a_figure_of_a_target_that_is_another_on_the_screen_is_noticed(name, path):
    run = read_run(FOLDER / f"{name}.avw")
    other = replace(run.result, targets=[_changed(target, path.split(".")) for target in run.result.targets])
    told = admissible(document_of(run))
    assert not any(unexplained(*each, told) for each in _worded(run, run.result))
    assert any(unexplained(*each, told) for each in _worded(run, other))


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in OF_THE_RUN.items() for path in paths])
def test_a_figure_of_a_step_or_a_round_that_is_another_on_the_screen_is_noticed(name, path):
    run = read_run(FOLDER / f"{name}.avw")
    assert any(
        unexplained(*each, admissible(document_of(run))) for each in _worded(run, _changed(run.result, path.split(".")))
    )


def _worded(run: SavedRun, result: RunResult) -> Iterator[tuple[str, str]]:
    """The modes that say all of it in words, and the board below the lanes."""
    scenario = replace(CATALOG.find(run.scenario.name), views_py=run.scenario.views)
    sight = ModeContext(scenario, result, [seen(trace) for trace in run.traces()], 90, titles=CATALOG.titles)
    yield "watch", str(whole(result, 120))
    for mode in ("code", "compare", "vitals", "tips"):
        yield mode, mode_words(mode, sight, knobs=WhatIfFactors(), answers=(), score=(0, 0)).plain


def _changed(value: Any, path: list[str]) -> Any:
    """With another number there, wherever there is one."""
    if isinstance(value, list):
        return [_changed(each, path) for each in value]
    if path and isinstance(value, dict):
        return value | {path[0]: _changed(value.get(path[0]), path[1:])}
    if path and value is not None:
        return replace(value, **{path[0]: _changed(getattr(value, path[0]), path[1:])})
    return value + 177 if isinstance(value, int) else value and value * 1.391
