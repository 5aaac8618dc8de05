"""The form of the user's own project without the form: command lines, refusals in the command's words, what is kept."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from own_project import write_project

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.user_directories import data_directory
from asgi_vs_wsgi.tui.cli.project import project_command
from asgi_vs_wsgi.tui.screens.project_values import (
    LOOK,
    RUN,
    STEPS,
    TRY,
    arguments,
    line_of,
    refusal_of_project,
    refusal_of_words,
    to_be_kept,
    values_at_first,
)
from asgi_vs_wsgi.tui.user_data import keep_last_project, read_last_project

NOWHERE = Path("/nonexistent")
EMPTY = values_at_first({}, NOWHERE)
FULL = EMPTY | {"path": "/p", "python": "/py", "settings": "a.b", "pages": "/a/=3  /b/"}
FULL |= {"user": "ada", "requests": "9", "rounds": "5"}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (LOOK, "/p --look --python /py --settings a.b"),
        (TRY, "/p --try --python /py --settings a.b --page /a/=3 --page /b/ --as ada"),
        (RUN, "/p --python /py --settings a.b --page /a/=3 --page /b/ --as ada --requests 9 --rounds 5"),
    ],
)
def test_each_step_is_given_the_options_that_it_takes(step, expected):
    assert shlex.join(arguments(FULL, step)) == expected
    assert refusal_of_words(FULL, step) is None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("path", ["", ".", "-x", "--look", "a b", "~/shop", "/a'b", "$HOME"])
def test_the_line_is_one_that_a_shell_hands_on_to_the_command_as_it_was_typed(step, path):
    program, command, *words = shlex.split(line_of(EMPTY | {"path": path}, step))
    assert (program, command) == ("asgi-vs-wsgi-tui", "project")
    context = project_command.make_context("project", words)
    assert context.params["path"] in (path or ".", f"./{path}")
    assert (context.params["look"], context.params["tries"]) == (step == LOOK, step == TRY)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"pages": "/a/ books"}, "pages"),
        ({"pages": "/a/=0"}, "pages"),
        ({"rounds": "many"}, "rounds"),
        ({"rounds": "0"}, "rounds"),
        ({"requests": "0"}, "requests"),
        ({"requests": "1e3"}, "requests"),
        ({"requests": "1000001"}, "requests"),
        ({"rounds": "1001"}, "rounds"),
    ],
)
def test_what_the_command_would_refuse_is_told_at_its_field(changed, field):
    found = refusal_of_words(EMPTY | {"path": "/p"} | changed, RUN)
    assert found is not None
    assert found.field == field
    assert "\n" not in found.words


def test_no_folder_and_no_python_are_refused_in_the_words_of_the_command(tmp_path):
    write_project(tmp_path / "shop")
    write_project(tmp_path / "blog")
    for changed, field in [
        ({"path": ""}, "path"),
        ({"path": str(tmp_path / "none")}, "path"),
        ({"path": str(tmp_path)}, "path"),
        ({"path": str(tmp_path / "shop" / "books")}, "path"),
        ({"path": str(tmp_path / "shop"), "python": "/nonexistent/python"}, "python"),
        ({"path": str(tmp_path / "shop"), "python": str(tmp_path)}, "python"),
    ]:
        values = EMPTY | changed
        found = refusal_of_project(values)
        assert found is not None
        assert found.field == field
        if values["path"]:
            with pytest.raises(BadInput) as refused:
                project_command.main(arguments(values, LOOK), standalone_mode=False)
            assert found.words == refused.value.one_line()
    assert refusal_of_project(EMPTY | {"path": str(tmp_path / "shop")}) is None


def test_the_form_begins_with_what_was_used_last_else_with_the_project_that_one_stands_in(tmp_path, monkeypatch):
    write_project(tmp_path)
    assert values_at_first({}, tmp_path)["path"] == str(tmp_path)
    assert values_at_first({}, tmp_path / "books")["path"] == ""
    monkeypatch.chdir(tmp_path)
    keep_last_project(to_be_kept(EMPTY | {"path": " . ", "user": "ada"}))
    assert values_at_first(read_last_project(), NOWHERE) == EMPTY | {"path": str(tmp_path), "user": "ada"}


@pytest.mark.parametrize("written", [b"", b"[1]", b'{"path": 1}', b"\xff", b'{"unknown": "x"}', b'{"path": "%s"}'])
def test_a_kept_form_that_cannot_be_read_is_none(written):
    directory = data_directory()
    assert directory is not None
    directory.mkdir(parents=True)
    (directory / "project.json").write_bytes(written.replace(b"%s", b"x" * 5000))
    assert values_at_first(read_last_project(), NOWHERE) == EMPTY
