"""The sweep of threads ends where more bring less than a tenth, and says what each number served."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from own_project import BOOK_URLS, VIEWS, write_project

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.results.project_answer import ThreadStep, ThreadSweep
from asgi_vs_wsgi.scenarios.run import thread_sweep
from asgi_vs_wsgi.scenarios.run.thread_sweep import GROWS, THREADS, sweep_threads, sweep_words
from asgi_vs_wsgi.tui.report.project_trial import sweep_lines, sweep_rows


def step(threads: int, rate: float | None) -> ThreadStep:
    return ThreadStep(threads, 2 * threads, rate, rate, rate, 10.0, 40.0, False)


def swept(monkeypatch: pytest.MonkeyPatch, rates: list[float | RunFailed | None]) -> tuple[ThreadSweep, list[float]]:
    """Of what each number of threads serves, and how much was expected of each."""
    left, expected = list(rates), []

    async def measured(experiment: Any, watcher: Any, threads: int, rate: float) -> ThreadStep:
        expected.append(rate)
        said = left.pop(0)
        if isinstance(said, RunFailed):
            raise said
        return step(threads, said)

    monkeypatch.setattr(thread_sweep, "_step", measured)
    return anyio.run(sweep_threads, None, None, 10.0), expected


@pytest.mark.parametrize(
    ("rates", "enough", "words"),
    [
        ([100, 90], 1, "1 thread is enough"),
        ([20, 40, 43], 2, "2 threads are enough: more brought less than a tenth more."),
        ([20, 23, 26, 29, 33], None, "so more than 16 may too"),
        ([20, 40, 80, 160, 161], 8, "16 served 161/s. 8 threads are enough"),
        ([20, RunFailed("the server died")], None, "1 served 20.0/s. Then it was given up: the server died."),
        ([None], None, "The sweep of threads in one worker of gunicorn-gthread was given up: nobody"),
        ([20, 0.0], None, "1 served 20.0/s. Then it was given up: nobody was served with 2 threads."),
        ([0.0], None, "given up: nobody was served with 1 thread."),
    ],
)
def test_it_goes_on_while_more_threads_bring_a_tenth(monkeypatch, rates, enough, words):
    sweep, expected = swept(monkeypatch, rates)
    assert sweep.enough == enough
    assert words in " ".join(sweep_words(sweep))
    assert expected[0] == 10.0
    assert expected[1:] == [2 * rate for rate in rates[: len(expected) - 1]]
    assert [each.threads for each in sweep.steps] == list(THREADS[: len(sweep.steps)])


def test_the_table_marks_what_is_enough_and_fits():
    answer: Any = SimpleNamespace(thread_sweep=ThreadSweep("gunicorn-gthread", [step(1, 20), step(2, 21)], 1))
    assert [row[:2] for row in sweep_rows(answer)] == [
        ("gunicorn-gthread", "throughput"),
        ("1, enough", "20.0/s"),
        ("2", "21.0/s"),
    ]
    assert all(len(line) <= 40 for line in sweep_lines(answer, 40))
    assert sweep_rows(SimpleNamespace(thread_sweep=None)) == []  # type: ignore[arg-type]


COMPUTES = VIEWS.replace(
    'return HttpResponse("detail")', "return HttpResponse(str(sum(n * n for n in range(100_000))))"
)


@pytest.mark.live
@pytest.mark.xdist_group("own-project")
def test_a_page_that_computes_needs_few_threads(tmp_path):
    urls = BOOK_URLS.replace("partial(views.detail, pk=1)", "partial(views.detail, pk=2)")
    folder = write_project(tmp_path / "shop", books__views_py=COMPUTES, books__urls_py=urls)
    words = ["project", folder, "--page", "/books/first/", "--target", "uvicorn:1", "--requests", 12]
    words += ["--rounds", 1, "--sweep-threads", "--json", "--no-keep"]
    done = subprocess.run(
        [sys.executable, "-m", "asgi_vs_wsgi", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)["answer"]
    steps = answer["thread_sweep"]["steps"]
    rates = [each["throughput_rps"] for each in steps]
    assert [each["threads"] for each in steps] == list(THREADS[: len(steps)])
    assert answer["thread_sweep"]["enough"] == steps[-2]["threads"]
    assert rates[-1] < GROWS * rates[-2]
    assert all(after >= GROWS * before for before, after in pairwise(rates[:-1]))
    assert any(words.startswith("Threads in one worker of gunicorn-gthread") for words in answer["words"])
    assert "sweep: 2 threads in one worker, round 1 of 1" in done.stderr
