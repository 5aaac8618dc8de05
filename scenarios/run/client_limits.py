"""What a run needs of this machine beyond its servers: open files, local ports, a loopback that answers.

A client that runs out of them fails by itself, and looks in every figure as if its server had failed. So what can be
known is told before anything is started; what cannot goes by the name of its errno (scenarios.load.visits).
"""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.errors import BadInput, LabError, RunFailed
from asgi_vs_wsgi.scenarios.load.client_errors import ADVICE, client_error, raise_open_files
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS
from asgi_vs_wsgi.scenarios.planning.load import ladder_load
from asgi_vs_wsgi.scenarios.run.process_limit import check_threads
from asgi_vs_wsgi.server_targets.processes.sockets import LOOPBACK, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asgi_vs_wsgi.scenarios.model.experiment import Experiment
    from asgi_vs_wsgi.scenarios.model.scenario import Load


OF_A_TARGET = 2
"""Descriptors that the lab holds for a server: its listener and its output."""
OF_A_WORKER = 2
"""Its socket and its ring."""
OF_A_DRIVE = 3
"""What waits for the answers, its timer, and that of visitors who think between their pages."""
OF_THE_LAB = 2
"""The socket that workers come to, and the output of the slow service."""
PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
ANSWERS_WITHIN_S = 2.0
STOPS = frozenset({"EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENETUNREACH", "ENETDOWN", "ENOBUFS"})
"""What stops a whole run and can mean one thing; a full disk or a forbidden file has errnos of connections too."""


class ConnectionNeeds(NamedTuple):
    """The most visitors who are certain to be there at once, and the option that asks for so many."""

    visitors: int
    asked_by: str
    """Empty where the scenario itself does."""


def check_client(experiment: Experiment) -> None:
    """BadInput or RunFailed where this process may not have as many connections as are certain to be open at once."""
    crowd = most_at_once(experiment)
    limit, needed = raise_open_files(), crowd.visitors + _others(experiment)
    if needed > limit:
        raise _refusal(crowd, f"need {needed:,} open files, and `ulimit -n` allows {limit:,}", f"ulimit -n {needed}")
    ports = local_ports()
    of_one = crowd.visitors // (len(experiment.targets) if experiment.mode == "race" else 1)
    if ports is not None and of_one > ports:
        what = f"need a local port each for every server, and net.ipv4.ip_local_port_range has {ports:,}"
        raise _refusal(crowd, what, 'sysctl net.ipv4.ip_local_port_range="1024 65535"')


def _refusal(crowd: ConnectionNeeds, what: str, remedy: str) -> LabError:
    words = f"{crowd.visitors:,} visitors at once {what}"
    if crowd.asked_by:
        return BadInput(f"{crowd.asked_by}: {words}", hint=f"ask for fewer, or raise the limit: {remedy}")
    return RunFailed(words, hint=f"raise the limit: {remedy}")


def most_at_once(experiment: Experiment) -> ConnectionNeeds:
    """Of bursts and closed arrivals; how many are there at once of those who come on schedule, the server decides."""
    own, given = experiment.scenario.toml.load, experiment.load
    option = "--concurrency" if given.arrivals == "closed" else "--requests"
    visitors, asked_by = _of(given), option if _of(given) > _of(own) else ""
    if experiment.ladder:
        of_ladder = max(_of(ladder_load(given, visitors)) for visitors in experiment.ladder)
        visitors, asked_by = max((visitors, asked_by), (of_ladder, "--ladder"))
    of_classes = (_of(each.load) for each in experiment.scenario.toml.visitors if each.load)
    visitors = max([visitors, *of_classes])
    if experiment.mode == "race":
        return ConnectionNeeds(visitors * len(experiment.targets), asked_by or "--race")
    return ConnectionNeeds(visitors, asked_by)


def _of(load: Load) -> int:
    if load.arrivals == "burst":
        return load.requests or 0
    return min(load.concurrency or 0, load.requests or REQUESTS.high) if load.arrivals == "closed" else 0


def _others(experiment: Experiment) -> int:
    """What is open now, and what the servers, their workers and the load driver will need."""
    open_now = sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1  # one is what lists them
    drives = len(experiment.targets) if experiment.mode == "race" else 1
    of_targets = sum(OF_A_TARGET + OF_A_WORKER * target.workers for target in experiment.targets)
    return open_now + OF_THE_LAB + of_targets + OF_A_DRIVE * drives


def local_ports() -> int | None:
    """How many ports a connection may come from; None where the kernel does not tell."""
    try:
        low, high = map(int, PORTS.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return None
    return high - low + 1


async def check_loopback() -> None:
    """RunFailed where a connection to a listener of our own does not come about."""
    check_threads()  # uvloop looks even an address of numbers up in a thread
    try:
        with listen() as listener, socket.socket() as client:
            client.setblocking(False)
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                await asyncio.get_running_loop().sock_connect(client, listener.getsockname())
    except TimeoutError:
        what = f"{LOOPBACK} does not answer within {ANSWERS_WITHIN_S:.0f} s"
        raise RunFailed(what, hint="is a firewall in the way of the loopback interface?") from None
    except OSError as problem:
        raise _machine_error(problem) from None


def _machine_error(problem: OSError) -> RunFailed:
    name = client_error(problem.errno) or errno.errorcode.get(problem.errno or 0, str(problem.errno))
    words = ADVICE.get(name, problem.strerror or str(problem))
    return RunFailed(f"this machine cannot run it: {name}: {words}")


@contextmanager
def limits_told() -> Iterator[None]:
    """Around a run: a limit of the machine or of this process that stops all of it is one line, not a fault of ours."""
    try:
        yield
    except OSError as problem:
        if client_error(problem.errno) not in STOPS or problem.filename is not None:
            raise
        raise _machine_error(problem) from problem
