"""The user's own directories: where there is none, or it cannot be used, everything else works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog, users_folder
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.history import RunHistory, history_for, user_history
from asgi_vs_wsgi.scenarios.storage.user_directories import config_directory, data_directory, is_directory
from asgi_vs_wsgi.tui.user_data import Preferences, QuizAnswers, keep_preferences, read_preferences

VARIABLES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No home, and a uid that has no name."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 123_456_789)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("nobody")
def test_without_a_home_nothing_is_kept_and_nothing_is_written_where_we_are(tmp_path: Path):
    assert config_directory() is data_directory() is users_folder() is history_for(keep=True) is None
    with pytest.raises(BadInput, match="no home directory") as caught:
        user_history()
    assert "set HOME" in caught.value.one_line()
    book = QuizAnswers()
    book.give("slow-io", 1)
    assert book.given_to("slow-io") == [1]
    keep_preferences(Preferences(theme="lab-light"))
    assert read_preferences() == Preferences()
    assert load_catalog().scenarios
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("value", ["", "relative", "./here", "~/there", "~nobody-of-this-name"])
def test_a_path_that_is_not_absolute_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str):
    """The XDG specification: such a path is invalid and is to be ignored."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.setenv(name, value)
    for directory in (config_directory(), data_directory()):
        assert directory is None or (directory.is_absolute() and tmp_path not in directory.parents)


@pytest.mark.parametrize("where", ["config", "data"])
@pytest.mark.parametrize("kind", ["a file", "a loop of links", "a name too long", "read-only"])
def test_what_cannot_be_a_directory_is_none_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str, kind: str
):
    place = tmp_path / ("n" * 300 if kind == "a name too long" else "place")
    if kind == "a file":
        place.touch()
    elif kind == "a loop of links":
        place.symlink_to(place)
    elif kind == "read-only":
        place = Path("/proc/self")
    monkeypatch.setenv(f"XDG_{where.upper()}_HOME", str(place))
    book = QuizAnswers()
    book.give("slow-io", 1)
    keep_preferences(Preferences(theme="lab-light"))
    read_preferences()
    assert RunHistory(user_history()).cards() == ([], 0)
    assert len(load_catalog().scenarios) >= 22
    assert not is_directory(place) or kind == "read-only"


PROBE = """
import os, sys
os.setuid(12345)
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.storage.history import RunHistory
from asgi_vs_wsgi.scenarios.storage.history import user_history
from asgi_vs_wsgi.tui.user_data import *
from asgi_vs_wsgi.tui.user_data import QuizAnswers
assert load_catalog().scenarios
assert RunHistory(user_history()).cards() == ([], 0)
keep_preferences(read_preferences())
QuizAnswers().give("slow-io", 1)
print("works")
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another")
def test_a_home_of_somebody_else_is_as_if_it_were_not_there(tmp_path: Path):
    """`sudo -u www-data` keeps HOME: nothing in it can be seen, not even whether it is there."""
    home = tmp_path / "closed"
    (home / ".config/asgi-vs-wsgi-tui/scenarios").mkdir(parents=True)
    home.chmod(0o700)
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES} | {"HOME": str(home)}
    # everything that is needed is imported before the doors close, since the interpreter may lie behind one too
    early = (
        "import fcntl, asgi_vs_wsgi.scenarios.catalog, asgi_vs_wsgi.scenarios.storage.history\n"
        "import asgi_vs_wsgi.tui.user_data, asgi_vs_wsgi.tui.user_data\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", early + PROBE.replace("assert load_catalog().scenarios\n", SEES)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.stdout, done.stderr) == ("works\n", "")


SEES = """
from asgi_vs_wsgi.scenarios import catalog
catalog._inside = lambda directory: [] if directory == catalog.OURS else [directory]
assert not [*catalog._folders(())]
"""
