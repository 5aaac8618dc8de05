"""What the client could not send goes by the errno's name, and every visit is accounted for all the same."""

from __future__ import annotations

import errno
import json
import resource
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from drives import ARRIVALS, assert_all_ended, assert_in_order, driven
from hypothesis import given
from hypothesis import strategies as st
from own_network import NOT_ALLOWED

from asgi_vs_wsgi.scenarios.load import sender
from asgi_vs_wsgi.scenarios.load.client_errors import ADVICE, CLIENT_ERRORS, client_error, client_errors
from asgi_vs_wsgi.scenarios.load.driver import drive
from asgi_vs_wsgi.scenarios.load.plan import make_plan
from asgi_vs_wsgi.scenarios.load.slow_client import ClientBehaviour
from asgi_vs_wsgi.scenarios.load.visits import ERROR_KINDS, Visits

pytestmark = pytest.mark.anyio
EARLIER = ("", "timeout", "refused", "reset", "closed", "protocol", "status", "connect")


@contextmanager
def few_files(spare: int):
    """So many more may be opened than are open now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = {int(each.name) for each in Path("/proc/self/fd").iterdir()}
    free = [number for number in range(len(taken) + spare + 1) if number not in taken]
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[spare], hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def waiting_room():
    """The port of a listener that takes nobody in: whoever is there holds a descriptor, and all of them are ours."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("arrivals", ARRIVALS)
async def test_without_a_descriptor_a_visit_fails_as_emfile_and_nobody_is_lost(waiting_room, arrivals):
    concurrency = {"concurrency": 40} if arrivals == "closed" else {}
    with few_files(16):
        visits, _ = await driven(make_plan(**ARRIVALS[arrivals] | concurrency, timeout_s=0.2), waiting_room)
    errors = visits.errors()
    assert set(errors) == {"EMFILE", "timeout"}
    assert sum(errors.values()) == visits.counts()["failed"] == 40
    assert errors["EMFILE"] >= 10
    assert_all_ended(visits)
    assert_in_order(visits)


@pytest.mark.parametrize(
    "behaviour", [ClientBehaviour(send_for_s=1), ClientBehaviour(read_for_s=1), ClientBehaviour(leave_after_s=1)]
)
async def test_visitors_who_behave_otherwise_run_out_of_descriptors_too(waiting_room, behaviour):
    plan, visits = make_plan("burst", requests=40, timeout_s=0.2), Visits(40, 1)
    with few_files(16):
        await drive(plan, waiting_room, ["/"], visits, behaviours=[behaviour])
    errors = visits.errors()
    assert set(errors) == {"EMFILE", "timeout"}
    assert sum(errors.values()) == 40
    assert_all_ended(visits)


def in_own_network(*arguments: str) -> dict[str, int]:
    program = str(Path(__file__).with_name("own_network.py"))
    done = subprocess.run(
        [sys.executable, program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode == NOT_ALLOWED:
        pytest.skip("no network of one's own is to be had here")
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = json.loads(done.stdout)
    return told


def test_a_loopback_that_is_down_is_told_as_such():
    told = in_own_network("down")
    assert (told["failed"], told["ENETUNREACH"]) == (5, 5)


def test_local_ports_that_are_used_up_are_told_as_such():
    told = in_own_network("20", "60")
    assert told["EADDRNOTAVAIL"] == told["failed"] >= 40
    assert told["done"] == 60 - told["failed"] > 0


@pytest.mark.parametrize("problem", [errno.EAGAIN, errno.EPERM, errno.EACCES, errno.ENOBUFS])
async def test_a_connect_that_the_kernel_forbids_is_the_clients_and_does_not_wait(monkeypatch, serving, hello, problem):
    class Forbidden(sender.SocketType):
        def connect_ex(self, address):
            return problem

    monkeypatch.setattr(sender, "SocketType", Forbidden)
    async with serving(hello) as server:
        visits, _ = await driven(make_plan("burst", requests=5), server.port)
    assert visits.errors() == {errno.errorcode[problem]: 5}
    assert_all_ended(visits)


async def test_an_answer_that_cannot_be_waited_for_is_the_clients_failure(monkeypatch, serving, hello):
    """Per user the kernel lets so many descriptors be watched (fs.epoll.max_user_watches)."""
    whole = sender.Sender.__init__

    def full(self, *arguments):
        whole(self, *arguments)
        register = self._register

        def refuse_some(fd, events):
            if fd % 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            register(fd, events)

        self._register = refuse_some

    monkeypatch.setattr(sender.Sender, "__init__", full)
    async with serving(hello) as server:
        visits, _ = await driven(make_plan("closed", requests=40, concurrency=4), server.port)
    assert set(visits.errors()) <= {"ENOSPC"}
    assert visits.counts()["done"] + visits.errors().get("ENOSPC", 0) == 40
    assert_all_ended(visits)


def test_kinds_of_saved_runs_keep_their_places():
    assert ERROR_KINDS[: len(EARLIER)] == EARLIER
    assert ERROR_KINDS[len(EARLIER) :] == (*CLIENT_ERRORS, "unread")


@given(st.integers(0, 200))
def test_every_errno_is_the_clients_the_servers_or_a_failed_connection(number):
    kind = ERROR_KINDS[sender.error_kind(OSError(number, "why"), ERROR_KINDS.index("connect"))]
    assert kind == (client_error(number) or kind)
    assert kind in (*ADVICE, "refused", "reset", "connect")
    assert (kind in ADVICE) == bool(client_error(number)) == bool(client_errors({kind: 1}))
