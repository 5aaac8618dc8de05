"""The form of the user's own project without the form: command lines, refusals in the command's words, what is kept."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from own_project import write_project

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.user_directories import data_directory
from asgi_vs_wsgi.tui.arguments.project import project_command
from asgi_vs_wsgi.tui.screens.project_values import (
    FIELDS,
    LOOK,
    RUN,
    STEPS,
    TRY,
    arguments,
    line_of,
    refusal_of_project,
    refusal_of_words,
    to_be_kept,
    to_be_written,
    values_at_first,
)
from asgi_vs_wsgi.tui.screens.run_values import YES, in_words_of_form
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


ASKED = {"headers": "Accept-Language: de | X-Beta: a b", "host": "shop.example:8000", "allow_writes": YES}


def test_headers_a_host_and_what_is_allowed_are_options_of_a_trial():
    expected = "--header 'Accept-Language: de' --header 'X-Beta: a b' --host shop.example:8000 --allow-writes"
    for step, opening in ((TRY, "/p --try"), (RUN, "/p")):
        assert shlex.join(arguments(EMPTY | {"path": "/p"} | ASKED, step)) == f"{opening} {expected}"
        assert refusal_of_words(EMPTY | {"path": "/p"} | ASKED, step) is None
    assert arguments(EMPTY | {"path": "/p"} | ASKED, LOOK) == ["/p", "--look"]


def test_every_option_of_a_trial_that_the_form_has_is_one_of_the_command():
    options = {name for parameter in project_command.params for name in parameter.opts}
    assert {field.option for field in FIELDS if field.option} <= options


def test_a_file_of_traffic_is_read_when_the_form_ends_and_not_at_every_key(tmp_path):
    write_project(tmp_path / "shop")
    values = EMPTY | {"path": str(tmp_path / "shop"), "har": str(tmp_path / "none.har")}
    assert refusal_of_words(values, RUN) is None
    found = refusal_of_project(values)
    assert found
    assert found.field == "har"
    (tmp_path / "none.har").write_text("{")
    found = refusal_of_project(values)
    assert found
    assert found.field == "har"
    log = tmp_path / "access.log"
    log.write_text('1.2.3.4 - - [10/Oct/2025:13:55:36 +0000] "GET /books/ HTTP/1.1" 200 5 "-" "-"\n')
    assert refusal_of_project(EMPTY | {"path": str(tmp_path / "shop"), "log": str(log)}) is None


def test_of_headers_and_what_is_allowed_nothing_is_kept_in_a_file():
    assert set(to_be_written(EMPTY | ASKED)) & {*ASKED} == {"host"}


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
        ({"headers": "Accept-Language: de | nothing"}, "headers"),
        ({"host": "a b"}, "host"),
        ({"har": "a.har", "pages": "/a/"}, "pages"),
        ({"har": "a.har", "log": "b.log"}, "har"),
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
    assert "--" not in found.words


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
            assert found.words == in_words_of_form(refused.value.one_line(), FIELDS)
            assert "--" not in found.words
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
