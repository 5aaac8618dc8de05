"""A process of ours: what it is told of the user's surroundings, and which of its words are kept."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import anyio
import pytest

from asgi_vs_wsgi.server_targets.processes.server_process import ServerProcess, clean_environment

PRINTS = """
starting
Traceback (most recent call last):
  File "views.py", line 3, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
[12] [INFO] Worker exiting (pid: 12)
Traceback (most recent call last):
  File "server.py", line 3, in run
    raise HaltServer
HaltServer: Worker failed to boot.
[10] [ERROR] Shutting down
"""
CRASHES = """
Fatal Python error: Aborted
[10] [ERROR] Worker (pid:12) was sent SIGSEGV!
"""


def ended(folder: Path, words: str) -> ServerProcess:
    """A process of ours that has printed these words and ended."""
    (folder / "made_words.py").write_text(f"print({words!r})")

    async def main() -> ServerProcess:
        with tempfile.TemporaryFile() as handed_down:
            process = await ServerProcess.start(
                "made_words",
                [],
                folder=folder,
                environment={"PYTHONPATH": str(folder)},
                descriptor=handed_down.fileno(),
            )
            with anyio.fail_after(20):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(process.drain)
                    await process.wait_gone()
            await process.aclose()
        return process

    return anyio.run(main)


def test_of_several_tracebacks_the_first_is_told_with_its_error(tmp_path: Path):
    """It is the cause of the others: a worker fails, and then the server because of it."""
    assert ended(tmp_path, PRINTS).last_words().splitlines() == PRINTS.splitlines()[2:6]


def test_without_a_traceback_the_end_of_what_was_said_is_told(tmp_path: Path):
    words = [f"line {number}" for number in range(30)]
    assert ended(tmp_path, "\n".join(words)).last_words(3).splitlines() == words[-3:]


def test_of_several_crashes_the_first_is_told(tmp_path: Path):
    assert ended(tmp_path, CRASHES).crash == "SIGABRT"


@pytest.mark.parametrize(
    "name",
    [
        "DJANGO_SETTINGS_MODULE",
        "DJANGO_ALLOW_ASYNC_UNSAFE",
        "GUNICORN_CMD_ARGS",
        "UVICORN_RELOAD",
        "GRANIAN_WORKERS",
        "HYPERCORN_BIND",
        "WAITRESS_THREADS",
        "DAPHNE_PORT",
        "ASGI_VS_WSGI_LAB",
        "WEB_CONCURRENCY",
        "PORT",
        "FORWARDED_ALLOW_IPS",
        "SENDFILE",
        "PYTHONSTARTUP",
    ],
)
def test_what_a_server_would_read_of_the_users_environment_does_not_reach_it(monkeypatch, name: str):
    monkeypatch.setenv(name, "the user's")
    assert name not in clean_environment({})
    assert clean_environment({name: "ours"})[name] == "ours"


def test_the_rest_of_the_users_environment_does(monkeypatch):
    monkeypatch.setenv("MY_DJANGO_SETTING", "the user's")
    assert clean_environment({}).items() >= {"MY_DJANGO_SETTING": "the user's", "PATH": os.environ["PATH"]}.items()


def test_what_is_asked_for_comes_before_what_is_there(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "theirs")
    monkeypatch.setenv("PYTHONUNBUFFERED", "")
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    told = clean_environment({"PYTHONPATH": "ours"})
    assert (told["PYTHONPATH"], told["PYTHONUNBUFFERED"], told["PYTHONIOENCODING"][:5]) == ("ours", "1", "utf-8")
