"""A small catalog that does not change when scenarios are added: pictures show it."""

from __future__ import annotations

from pathlib import Path

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.model.scenario import Load, Parameter, Predict, Scenario, ScenarioToml, Target

LESSON = """\
# Slow I/O

## What to watch for

On gunicorn sync the lanes of the two workers are full from the first moment to the last, and nearly all of it is
*blocked*: the worker waits. The line in front of them shrinks by two at a time.

On uvicorn the same two workers are hardly ever busy.

## Why

A view gives the event loop back at `await`.

- One item of a list,
  on two lines.
- Another one.
"""


def _scenario(name: str, title: str, lesson: list[str], *, race: bool, law: str) -> Scenario:
    toml = ScenarioToml(
        title=title,
        summary="32 visitors at once; every page waits 200 ms for another service.",
        load=Load(requests=32),
        targets=[
            Target("gunicorn-sync", "sync_page", 2, name="gunicorn-sync", law=law),  # type: ignore[arg-type]
            Target("uvicorn", "async_page", 2, name="uvicorn", law="all-at-once"),
        ],
        lesson=lesson,
        parameters={"io_ms": Parameter(200, 1, 10_000, "how long the other service takes")},
        race=race,
        predict=Predict("When does the last of the 32 visitors have a page?", ["soon", "late"]),
    )
    return Scenario(name, Path("/nowhere") / name, toml, LESSON)


def made_catalog() -> Catalog:
    return Catalog(
        (
            _scenario("slow-io", "Slow I/O", ["waiting", "first"], race=True, law="one-per-worker"),
            _scenario("blocked-loop", "Blocked loop", ["holding the loop", "first"], race=True, law="loop-held"),
            _scenario("cpu-bound", "CPU bound", ["holding the loop", "second"], race=False, law="cpu-shared"),
        ),
        {},
    )
