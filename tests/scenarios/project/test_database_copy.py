"""Copies of a stranger's databases: whole, with the originals left as they are and nothing beside them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from own_project import tree_of

from asgi_vs_wsgi.scenarios.errors import BadInput, LabError
from asgi_vs_wsgi.scenarios.project.database_copy import copied_bytes, database_copies, is_open
from asgi_vs_wsgi.scenarios.project.look_result import DatabaseLogin, ProjectDatabase, ProjectLook


def look(**databases):
    logins = {"default": DatabaseLogin(user="u", password="planted-secret")}
    return ProjectLook("3.11", True, {}, "s", False, databases, {}, [], True, [], "", "", logins=logins)


def copies(found, folder, **options):
    """What stands for each database, and the rows of table t in each copy of a file."""

    async def main():
        run = folder.parent / "run"
        run.mkdir(exist_ok=True)
        async with database_copies(found, folder, run, **options) as made:
            rows = {}
            for alias, changes in made.changes.items():
                if "NAME" in changes:
                    with closing(sqlite3.connect(changes["NAME"])) as copy:
                        there = copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 't'").fetchone()[0]
                        rows[alias] = copy.execute("SELECT count(*) FROM t").fetchone()[0] if there else None
            return made, rows

    return anyio.run(main)


def write(path, *, wal=False, killed=False):
    """A table of one row, written by a process that ends as it should, or at once with its log not yet taken in."""
    code = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1])\n"
        f"c.execute('PRAGMA journal_mode={'wal' if wal else 'delete'}')\n"
        "c.execute('CREATE TABLE t (x)'); c.execute('INSERT INTO t VALUES (1)'); c.commit()\n"
        f"{'os._exit(0)' if killed else 'c.close()'}\n"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "a project"
    folder.mkdir()
    return folder


SQLITE = "django.db.backends.sqlite3"


@pytest.mark.parametrize("name", ["shop.sqlite3", "file:shop.sqlite3", "data/ä ?#.db", "ABSOLUTE"])
@pytest.mark.parametrize("kept", [{}, {"wal": True}, {"wal": True, "killed": True}], ids=["plain", "wal", "killed"])
def test_a_sqlite_file_is_copied_whole_and_nothing_beside_it_changes(project, name, kept):
    file = project / name.removeprefix("file:")
    name = str(file) if name == "ABSOLUTE" else name
    file.parent.mkdir(exist_ok=True)
    write(file, **kept)
    before = tree_of(project)
    made, rows = copies(look(default=ProjectDatabase(SQLITE, "sqlite", name)), project)
    assert rows == {"default": 1}
    assert tree_of(project) == before
    assert made.not_copied == set()


def test_a_database_that_somebody_writes_is_copied_with_what_was_committed(project):
    write(project / "db", wal=True)
    with closing(sqlite3.connect(project / "db")) as writer:
        writer.execute("INSERT INTO t VALUES (2)")
        writer.commit()
        writer.execute("INSERT INTO t VALUES (3)")  # of a transaction that is still open
        _, rows = copies(look(default=ProjectDatabase(SQLITE, "sqlite", "db")), project)
    assert rows == {"default": 2}


def test_whether_another_process_has_a_database_open_is_seen_without_touching_it(project):
    write(project / "db", wal=True)
    opens = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM t').fetchone(); "
    opens += "print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", opens, project / "db"]
    assert not is_open(project / "db")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "open\n"
        before = tree_of(project)
        assert is_open(project / "db")
        assert tree_of(project) == before
    assert not is_open(project / "db")


def test_a_copy_is_another_database_and_one_that_two_aliases_name_is_one(project):
    write(project / "db")
    database = ProjectDatabase(SQLITE, "sqlite", "db")
    made, _ = copies(look(default=database, replica=database), project)
    assert made.changes["default"] == made.changes["replica"]
    assert Path(made.changes["default"]["NAME"]).parent != project
    assert copied_bytes(look(default=database, replica=database), project) == 2 * (project / "db").stat().st_size


@pytest.mark.parametrize("name", [":memory:", "", None, "file:x?mode=memory&cache=shared", "file::memory:"])
def test_a_database_in_memory_is_told_as_one_that_is_empty(project, name):
    made, rows = copies(look(default=ProjectDatabase(SQLITE, "sqlite", name)), project)
    assert (made.changes, rows) == ({"default": {}}, {})
    assert "empty" in made.told["default"]
    assert tree_of(project) == {}


def test_a_file_that_is_missing_is_told_and_not_made(project):
    made, rows = copies(look(default=ProjectDatabase(SQLITE, "sqlite", "not/there.db")), project)
    assert "not/there.db is not there" in made.told["default"]
    assert rows == {"default": None}
    assert tree_of(project) == {}


def test_what_is_no_database_is_refused_in_one_line(project):
    (project / "db").write_text("words" * 1000)
    with pytest.raises(BadInput, match=r"database default: .*cannot be copied"):
        copies(look(default=ProjectDatabase(SQLITE, "sqlite", "db")), project)


REFUSED = {
    "another machine": (
        ProjectDatabase("x", "postgresql", "shop", "db.example.com"),
        "at db.example.com, which is not",
    ),
    "one of several": (ProjectDatabase("x", "postgresql", "shop", "127.0.0.1,10.0.0.5"), "at 10.0.0.5"),
    "another product elsewhere": (ProjectDatabase("x", "mysql", "shop", "10.0.0.5"), "--remote-database"),
    "another product": (ProjectDatabase("x", "mysql", "shop", "localhost"), "--yes"),
    "nobody answers": (ProjectDatabase("x", "postgresql", "shop", "127.0.0.1", 1), "database default: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_safe_is_refused_in_one_line_without_a_password(project, name):
    database, words = REFUSED[name]
    with pytest.raises(LabError) as refused:
        copies(look(default=database), project)
    assert words in refused.value.one_line()
    assert "\n" not in refused.value.one_line()
    assert "planted-secret" not in refused.value.one_line() + repr(look(default=database))


def test_what_may_be_used_as_it_is_is_named_as_the_projects_own(project):
    database = ProjectDatabase("x", "mysql", "shop", "localhost")
    made, _ = copies(look(default=database), project, allow_as_is=True)
    assert made.not_copied == {"default"}
    assert made.changes == {"default": {}}
