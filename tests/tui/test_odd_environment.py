"""Odd surroundings of a command: variables that are missing or say odd things, a folder that is gone, low limits.

Each ends in its work done, or in one line and exit code 1 or 2; never in a traceback, and nothing half-made is left.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

RUN = str(Path(__file__).parent / "recordings" / "slow-io.avw")
NAMES = (
    *(
        "HOME",
        "PATH",
        "USER",
        "LOGNAME",
        "SHELL",
        "PWD",
        "TMPDIR",
        "TZ",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TERM",
        "COLUMNS",
    ),
    *("LINES", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "ESCDELAY", "PORT"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "DJANGO_SETTINGS_MODULE"),
    *("TEXTUAL", "TEXTUAL_DRIVER", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FILTERS", "TEXTUAL_ANIMATIONS", "TEXTUAL_LOG"),
    *("TEXTUAL_FPS", "TEXTUAL_THEME", "TEXTUAL_PRESS", "TEXTUAL_DEBUG", "TEXTUAL_SCREENSHOT", "PYTHONUNBUFFERED"),
    *("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "UVICORN_PORT", "ASGI_VS_WSGI_FONTS", "ASGI_VS_WSGI_NO_KEEP"),
)
VALUES = (
    *(
        "",
        "0",
        "1",
        "-1",
        "nonsense",
        "/",
        "/dev/null",
        "/nonexistent/a",
        "relative/path",
        "~",
        "C",
        "dumb",
        "ü",
        "[b]",
    ),
    *(
        "de_DE.ISO-8859-1",
        "99999999999999999999",
        "a" * 5000,
        "\udcff\udcfe",
        "$(x)",
        "truecolor",
        "devtools",
        "/proc/1/x",
    ),
)
COMMANDS = (
    *(["list"], ["list", "--json"], ["servers"], ["servers", "--json"], ["--version"], ["run", "--help"]),
    *(["new", "mine"], ["replay"], ["replay", RUN], ["run", "no-such"], ["screenshot", RUN, "-o", "a.svg"]),
)
Change = Callable[[], None]


def limit(name: str, value: int) -> Change:
    return lambda: resource.setrlimit(getattr(resource, name), (value, value))


def leave(folder: Path) -> Change:
    """Into a folder that is then removed."""

    def change() -> None:
        gone = folder / "gone"
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()

    return change


def ended(
    arguments: list[str], folder: Path, env: dict[str, str], *changes: Change
) -> subprocess.CompletedProcess[str]:
    def prepare() -> None:
        os.chdir(folder)
        for change in changes:
            change()

    return subprocess.run(
        [sys.executable, "-m", "asgi_vs_wsgi", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=env,
        preexec_fn=prepare,
        timeout=60,
    )


def check(done: subprocess.CompletedProcess[str]) -> None:
    said = [line for line in done.stderr.splitlines() if not line.startswith("saved ")]
    assert "Traceback" not in done.stderr
    assert "a fault of ours" not in done.stderr
    assert done.returncode in (0, 1, 2), done.stderr
    assert len(said) == (1 if done.returncode else 0), done.stderr
    assert not done.returncode or said[0].startswith("asgi-vs-wsgi-tui: ")


@pytest.mark.parametrize("seed", range(len(COMMANDS)))
def test_whatever_the_environment_says(tmp_path: Path, seed: int):
    chance = random.Random(seed)
    env = dict(os.environ)
    for name in chance.sample(NAMES, 14):
        if chance.random() < 0.3:
            env.pop(name, None)
        else:
            env[name] = chance.choice(VALUES)
    check(ended(COMMANDS[seed % len(COMMANDS)], tmp_path, env))


LOW_LIMITS = (
    (["list"], "RLIMIT_NOFILE", 8, 0),
    (["screenshot", RUN, "-o", "a.svg"], "RLIMIT_NOFILE", 8, 1),
    (["run", "slow-io"], "RLIMIT_NOFILE", 10, 1),
    (["run", "slow-io"], "RLIMIT_NOFILE", 20, 1),
    (["tournament", "slow-io"], "RLIMIT_NOFILE", 12, 1),
    (["serve", "slow-io"], "RLIMIT_NOFILE", 47, 1),
    (["screenshot", RUN, "-o", "a.svg"], "RLIMIT_FSIZE", 1000, 1),
    (["screenshot", RUN, "-o", "a.svg"], "RLIMIT_STACK", 1 << 19, 0),
    (["new", "mine"], "RLIMIT_FSIZE", 0, 2),
    (["servers", "--json"], "RLIMIT_CPU", 60, 0),
)


@pytest.mark.parametrize(
    ("arguments", "name", "value", "code"), LOW_LIMITS, ids=[f"{row[0][0]}-{row[1]}-{row[2]}" for row in LOW_LIMITS]
)
def test_limits_that_are_low(tmp_path: Path, arguments: list[str], name: str, value: int, code: int):
    done = ended(arguments, tmp_path, dict(os.environ), limit(name, value))
    check(done)
    assert bool(done.returncode) == bool(code)
    assert code == 0 or not [*tmp_path.iterdir()]


@pytest.mark.parametrize("arguments", [["list"], ["servers"], ["new", "mine"], ["screenshot", RUN, "-o", "a.svg"]])
def test_a_working_folder_that_was_removed(tmp_path: Path, arguments: list[str]):
    done = ended(arguments, tmp_path, dict(os.environ), leave(tmp_path))
    check(done)
    assert bool(done.returncode) == (arguments[0] in ("new", "screenshot"))
    assert not [*tmp_path.iterdir()]
