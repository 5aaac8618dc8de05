"""What the form of `x` holds: checked as `run` checks it, told by its labels, and written as a command line."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.planning.resolve import as_changed, resolve
from asgi_vs_wsgi.tui.arguments.run import options_of
from asgi_vs_wsgi.tui.cli import cli
from asgi_vs_wsgi.tui.errors import usage
from asgi_vs_wsgi.tui.screens.run_values import (
    FIELDS,
    Choice,
    Refusal,
    as_written,
    changes,
    chosen,
    in_words_of_form,
    line_of,
    suggested_values,
    values_of,
)

CATALOG = load_catalog()
EVERY = pytest.mark.parametrize("scenario", CATALOG.scenarios, ids=lambda each: each.name)


def arguments_in(line: str) -> list[str]:
    program, command, *arguments = shlex.split(line)
    assert (program, command) == ("asgi-vs-wsgi-tui", "run")
    return arguments


@EVERY
def test_unchanged_it_is_the_scenarios_own_run_and_so_is_its_command_line(scenario):
    values = as_written(scenario)
    found = chosen(scenario, values, CATALOG, race=scenario.toml.race)
    assert isinstance(found, Choice)
    assert found.changed == {}
    own = resolve(options_of([scenario.name]), CATALOG)
    assert (found.experiment.targets, found.experiment.load) == (own.targets, own.load)
    assert found.options == options_of(arguments_in(line_of(scenario, values, (), race=scenario.toml.race)))


@EVERY
def test_what_a_lesson_suggests_can_be_run_and_is_not_what_the_scenario_does_anyway(scenario):
    for suggestion in scenario.toml.suggestions:
        values = suggested_values(scenario, suggestion)
        assert changes(scenario, values)
        found = chosen(scenario, values, CATALOG, race=False)
        assert isinstance(found, Choice) or "is not installed" in found.words
        line = line_of(scenario, values, (), race=False)
        if isinstance(found, Choice):
            assert found.options == options_of(arguments_in(line))
            assert values_of(scenario, found.options) | {"rounds": values["rounds"]} == values


SLOW = CATALOG.find("slow-io")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"requests": "0"}, "requests"),
        ({"requests": "many"}, "requests"),
        ({"requests": "2000000"}, "requests"),
        ({"targets": "gunicorn-sink"}, "targets"),
        ({"targets": "gunicorn-sync:0"}, "targets"),
        ({"targets": "uvicorn:2x8"}, "targets"),
        ({"targets": "uvicorn:2 :3"}, "targets"),
        ({"arrivals": "brst"}, "arrivals"),
        ({"arrivals": "closed"}, "concurrency"),
        ({"arrivals": "poisson"}, "rate"),
        ({"rate": "5"}, "rate"),
        ({"rate": "fast"}, "rate"),
        ({"parameters": "io_ms=0"}, "parameters"),
        ({"parameters": "io_ms"}, "parameters"),
        ({"parameters": "speed=3"}, "parameters"),
        ({"rounds": "0"}, "rounds"),
        ({"rounds": "x"}, "rounds"),
        ({"duration_s": "-1"}, "duration_s"),
        ({"requests": "--json"}, "requests"),
        ({"targets": "'"}, "targets"),
    ],
)
def test_what_the_command_refuses_is_refused_at_the_field_and_by_its_label(changed, field):
    values = as_written(SLOW) | changed
    found = chosen(SLOW, values, CATALOG, race=False)
    assert isinstance(found, Refusal)
    assert found.field == field
    with pytest.raises((click.ClickException, BadInput)) as refused:
        cli.main(["run", *arguments_in(line_of(SLOW, values, (), race=False))], standalone_mode=False)
    error: object = refused.value
    if isinstance(error, click.ClickException):
        assert found.words in in_words_of_form(usage(error), FIELDS)
    else:
        assert isinstance(error, BadInput)
        assert found.words == in_words_of_form(error.one_line(), FIELDS)
    assert "\n" not in found.words


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"requests": "64"}, "--requests 64"),
        ({"targets": " uvicorn:2   gunicorn-sync:4 "}, "--target uvicorn:2 --target gunicorn-sync:4"),
        ({"parameters": "io_ms=5"}, "--set io_ms=5"),
        ({"arrivals": "closed", "concurrency": "3"}, "--arrivals closed --concurrency 3"),
        ({"targets": ""}, ""),
        ({"rounds": "5"}, ""),
    ],
)
def test_only_what_was_changed_stands_in_the_command_line(changed, expected):
    values = as_written(SLOW) | changed
    assert isinstance(chosen(SLOW, values, CATALOG, race=False), Choice)
    line = line_of(SLOW, values, ("my folder",), race=False)
    middle = f" {expected} " if expected else " "
    assert line == f"asgi-vs-wsgi-tui run slow-io{middle}--rounds {values['rounds']} --scenarios 'my folder'"


def test_a_changed_scenario_is_shown_with_its_changes_and_promises_no_answer():
    found = chosen(SLOW, as_written(SLOW) | {"requests": "7", "parameters": "io_ms=5"}, CATALOG, race=True)
    assert isinstance(found, Choice)
    shown = as_changed(found.experiment)
    assert (shown.toml.load.requests, shown.toml.parameters["io_ms"].default) == (7, 5)
    assert shown.toml.predict.right is None
    assert SLOW.toml.predict.right is not None
    assert as_written(shown)["requests"] == "7"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('[[try]]\ntitle = "x"', "try[0]: it changes nothing"),
        ('[[try]]\ntitle = "x"\ntargets = ["nonsense:2"]', "no server `nonsense`"),
        ('[[try]]\ntitle = "x"\nparameters = { speed = 1 }', "no such parameter"),
        ('[[try]]\ntitle = "x"\nrequests = 0', "--requests: 0 is out of bounds"),
        ('[[try]]\ntitle = "x"\nworkers = 3', "try[0]"),
        ("[[try]]\nrequests = 3", "title"),
        ('[[try]]\ntitle = "\\u001b[31m"\nrequests = 3', "try[0].title"),
    ],
)
def test_a_suggestion_that_could_not_be_run_breaks_the_folder_with_its_reason(tmp_path: Path, written, reason):
    for file in ("lesson.md", "views.py", "scenario.toml"):
        (tmp_path / "mine").mkdir(exist_ok=True)
        text = (SLOW.folder / file).read_text().split("[[try]]")[0]
        (tmp_path / "mine" / file).write_text(text + (f"\n{written}\n" if file.endswith(".toml") else ""))
    broken = load_catalog((str(tmp_path),)).broken["mine"]
    assert isinstance(broken, BadInput)
    assert reason in broken.one_line()


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        (
            {"rate": "5"},
            "rate",
            "“rate”: burst arrivals have none (it belongs to constant or poisson arrivals: set “arrivals” to constant)",
        ),
        ({"rate": "x"}, "rate", "“rate”: 'x' is no number"),
        ({"arrivals": "poisson"}, "rate", "“rate”: poisson arrivals need it (how many visitors come per second)"),
        ({"arrivals": "closed"}, "concurrency", "“at a time”: closed arrivals need it"),
        ({"duration_s": "3"}, "duration_s", "“seconds”: burst arrivals have none"),
        ({"requests": "many"}, "requests", "“requests”: 'many' is no whole number"),
        ({"targets": "foo:2"}, "targets", "foo:2: no server `foo`"),
        ({"parameters": "io_ms"}, "parameters", "io_ms: no value (io_ms=VALUE)"),
    ],
)
def test_what_is_refused_is_told_by_the_labels_of_the_form(changed, field, words):
    found = chosen(CATALOG.find("slow-io"), as_written(CATALOG.find("slow-io")) | changed, CATALOG, race=False)
    assert isinstance(found, Refusal)
    assert found.field == field
    assert found.words.startswith(words)
    assert "--" not in found.words
