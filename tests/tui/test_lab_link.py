"""The pipes to a lab process: questions are answered, a death is noticed and told, nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.tui.lab_client.client import LabConnection, LabDied
from asgi_vs_wsgi.tui.lab_client.project_child import start_project
from asgi_vs_wsgi.tui.lab_client.spawner import LabSpawner

pytestmark = pytest.mark.anyio
RECORDED = Path(__file__).parent / "recordings" / "slow-io.news"
FAKE = str(Path(__file__).with_name("fake_lab.py"))


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


async def link_to(file: str) -> LabConnection:
    return LabConnection(await asyncio.wrap_future(LabSpawner((sys.executable, FAKE, file)).start()))


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_each_question_has_one_answer():
    link = await link_to(str(RECORDED))
    link.start(Options("slow-io"))
    news = [await link.ask() for _ in range(5)]
    assert [bool(each.opened) for each in news] == [True, False, False, False, False]
    link.stop()
    assert (await link.ask()).at_ns == 0
    await link.close()
    assert gone(link.pid)


async def test_a_lab_that_ends_is_told_with_its_last_words():
    link = await link_to("die")
    link.start(Options("slow-io"))
    with pytest.raises(LabDied) as died:
        await link.ask()
    assert died.value.what == "the lab process ended with status 3"
    assert died.value.detail == "the last words of a lab"
    await link.close()


async def test_a_lab_that_is_killed_is_noticed_at_once():
    link = await link_to(str(RECORDED))
    await link.ask()
    question = asyncio.create_task(link.ask())
    os.kill(link.pid, signal.SIGKILL)
    with pytest.raises(LabDied, match="SIGKILL"):
        await asyncio.wait_for(_until_dead(link, question), 5)
    await link.close()


async def _until_dead(link: LabConnection, question: asyncio.Task) -> None:
    while True:
        await question
        question = asyncio.create_task(link.ask())


async def test_a_lab_that_does_not_listen_is_made_to_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("asgi_vs_wsgi.tui.lab_client.client.PATIENCE_S", 0.2)
    link = await link_to("deaf")
    await link.close()
    assert gone(link.pid)


async def test_labs_are_started_by_a_thread_that_is_never_nice():
    starter = LabSpawner(("/bin/cat",))
    lab = await asyncio.wrap_future(starter.start())
    assert os.getpriority(os.PRIO_PROCESS, lab.process.pid) == os.getpriority(os.PRIO_PROCESS, 0)
    link = LabConnection(lab)
    await link.close()


async def test_a_command_that_is_not_there_is_an_error():
    with pytest.raises(OSError, match="no-such-lab"):
        await asyncio.wrap_future(LabSpawner(("/no-such-lab",)).start())


def descriptors() -> set[str]:
    return {each.name for each in Path("/proc/self/fd").iterdir()}


async def test_what_cannot_be_started_leaves_no_pipe_open():
    starter, before = LabSpawner(("/no-such-lab",)), descriptors()
    with pytest.raises(OSError, match="no-such-lab"):
        await asyncio.wrap_future(starter.start())
    with pytest.raises(ValueError, match="null byte"):
        await asyncio.wrap_future(starter.call(lambda: start_project(["project", "a\0b"], 80)))
    assert descriptors() <= before


async def test_a_start_that_fails_or_is_given_up_keeps_nobody_waiting():
    starter, busy = LabSpawner(), threading.Event()
    first = starter.call(busy.wait)
    given_up = starter.call(lambda: "nobody waits for it")
    assert given_up.cancel()
    busy.set()
    failed = starter.call(lambda: {}["x"])
    with pytest.raises(KeyError):
        await asyncio.wrap_future(failed)
    assert await asyncio.wait_for(asyncio.wrap_future(first), 5)
    assert await asyncio.wait_for(asyncio.wrap_future(starter.call(lambda: "served")), 5) == "served"
