"""A process that is run for what it prints is gone when its waiter is, however that one ends."""

import asyncio
import contextlib
import gc
import sys
import warnings
from pathlib import Path

import anyio
import pytest

from asgi_vs_wsgi.server_targets.processes.short_process import run_to_end

pytestmark = pytest.mark.anyio

TELLS_AND_STAYS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
# Its child holds our pipes.
WITH_A_CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2], sys.argv[1]]).wait()"


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def until(condition) -> None:
    with anyio.fail_after(20):
        while not condition():
            await anyio.sleep(0.01)


async def test_what_it_prints_and_its_status_are_handed_over():
    words = "import sys; print('told'); print('said', file=sys.stderr); sys.exit(3)"
    done = await run_to_end([sys.executable, "-c", words])
    assert (done.stdout, done.stderr, done.returncode) == (b"told\n", b"said\n", 3)
    done = await run_to_end([sys.executable, "-c", words], with_stderr=False)
    assert (done.stdout, done.stderr) == (b"told\n", b"")


async def test_one_that_cannot_be_started_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        await run_to_end([str(tmp_path / "nothing")])


async def test_it_has_no_input_and_the_environment_and_folder_it_was_given(tmp_path: Path):
    words = "import os, sys; print(repr(sys.stdin.read()), os.getcwd(), sorted(os.environ))"
    done = await run_to_end([sys.executable, "-I", "-c", words], cwd=str(tmp_path), environment={"LC_ALL": "C"})
    assert done.stdout.decode().split()[:2] == ["''", str(tmp_path)]
    assert b"LC_ALL" in done.stdout
    assert b"PATH" not in done.stdout


@pytest.mark.parametrize("command", [[TELLS_AND_STAYS], [WITH_A_CHILD, TELLS_AND_STAYS]], ids=["alone", "with a child"])
async def test_who_waits_no_longer_leaves_neither_it_nor_its_children(tmp_path: Path, command: list[str]):
    told = tmp_path / "pid"
    program, *more = command
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_to_end, [sys.executable, "-c", program, str(told), *more])
        await until(lambda: told.exists() and told.read_text())
        tasks.cancel_scope.cancel()
    await until(lambda: not alive(int(told.read_text())))


async def test_children_of_one_that_has_ended_are_gone_as_well(tmp_path: Path):
    """They hold its pipes, so that it is still waited for."""
    told = tmp_path / "pid"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_to_end, ["sh", "-c", f"sleep 600 & echo $! $$ > {told}; exit 0"])
        await until(lambda: told.exists() and told.read_text().strip())
        child, shell = map(int, told.read_text().split())
        await until(lambda: state(shell) == "Z")
        tasks.cancel_scope.cancel()
    await until(lambda: not alive(child) or state(child) == "Z")


def state(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 50])
def test_the_end_of_the_loop_leaves_no_process_and_no_warning_however_early(turns: int):
    """As a screen does that is left while it draws: its worker is cancelled, then every task of the loop."""

    async def leave() -> None:
        waiting = asyncio.ensure_future(run_to_end([sys.executable, "-c", "import time; time.sleep(600)"]))
        for _ in range(turns):
            await asyncio.sleep(0)
        if turns == 50:
            await until(lambda: children() - before)
        waiting.cancel()

    before = children()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(leave())
        gc.collect()
    anyio.run(until, lambda: not children() - before)


def children() -> set[str]:
    """Of every thread of this process: the thread that starts one is its parent for the kernel."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found |= set((task / "children").read_text().split())
    return found
