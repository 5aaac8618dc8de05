"""The event record that a worker writes and the lab reads: 32 bytes, fixed size, little endian.

    offset  0        8        16         20      22     23     24
            t_ns u64 value u64 request u32 lane u16 kind u8 flag u8 seq u64

`seq` counts a worker's records from 1 and stands last, so that a reader in another process that sees the
expected number also sees the fields written before it. `lane` is 0 for the main event loop and counts up for
every further thread (or one-off loop) that served a request. What `value` and `flag` mean depends on the kind.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

RECORD = Struct("<QQIHBBQ")
RECORD_BYTES = RECORD.size
CPU_UNKNOWN = 0
"""A record whose `value` is a CPU clock carries this when the clock was not read."""

MAIN_LOOP_LANE = 0

OWN_WORK = 0xFFFF_FFFF
"""In place of a request: what a loop runs that is no step of any, recorded where it lasts."""

OWN_THREAD = OWN_WORK - 1
"""In place of a request: what a thread does that the view's own code has started. It is no time of any request, which
is running, blocked or stalled by what its own thread does, such as to wait for that one."""

WRITTEN = Struct("<QQIIQ")
"""The same 32 bytes as a worker writes them, with `pack_header` for lane, kind and flag: quicker to pack."""


def pack_header(lane: int, kind: int, flag: int = 0) -> int:
    """lane, kind and flag as the one number that they are in memory (small enough for one digit of an int)."""
    return lane | kind << 16 | flag << 24


class Kind(IntEnum):
    """What happened."""

    BEGIN = 1
    """The application callable was entered. value: the thread's CPU clock in ns (WSGI), else CPU_UNKNOWN."""
    RESPONSE_START = 2
    """The application started its response. value: the HTTP status."""
    END = 3
    """The application is done with the request. value: as BEGIN. flag: an Ending."""
    STEP_START = 4
    """The sampler met a step that lasts; see STEP. t_ns: when it began."""
    STEP_END = 5
    """A step that the sampler met is over. value: the thread's CPU clock in ns."""
    HOP = 6
    """A thread that serves the request called back into an event loop. flag: a WayBack. lane: that of the thread's
    call, 0 where it is not known, or where that is no thread: a greenlet, which may also have been called from a loop
    that runs in another."""
    THREAD_START = 7
    """The sampler met a call in a thread that lasts; see THREAD. value: the thread's CPU clock at its start, in ns."""
    THREAD_END = 8
    """A call that the sampler met is over. value: the thread's CPU clock in ns."""
    SAMPLE = 9
    """A look at the thread that serves `request` on `lane`. flag: a Seen. value: see pack_sample."""
    LOOP_LATE = 10
    """A heartbeat on the loop came late. value: by how many ns."""
    VITAL = 11
    """A reading of the whole worker. flag: a Vital. value: the reading."""
    ACCEPTED = 12
    """The server accepted the connection that carries `request`, where the server shows it."""
    STEP = 13
    """One step of a coroutine on its event loop, from its resume to its suspension or end. value: t_ns of its end."""
    THREAD = 14
    """One call of the request's synchronous code in a thread, when it is over. t_ns: its start. value: see pack_call.
    flag: a Crossing."""
    FAILURE = 15
    """An exception ended the request. value: the number of a failure, which the channel tells of."""
    AWAITS = 16
    """A look at what a suspended request waits for. flag: an Awaited. value: the number of a source location."""
    ANSWERED = 17
    """The application has handed over its answer, or a part of it: what its greenlet waits for then, its server does.
    flag: a Handed."""


class Handed(IntEnum):
    """How much of its answer the application has handed over."""

    WHOLE = 0
    PART = 1
    ASKED = 2
    """The server has asked for the next part: from now on it is the application again that is waited for."""


class Ending(IntEnum):
    """How a request left the application."""

    RETURNED = 0
    RAISED = 1
    CANCELLED = 2


class Crossing(IntEnum):
    """Where synchronous code was called from."""

    THREAD = 0
    LOOP = 1
    """One hop: the request left its event loop for a thread."""


class WayBack(IntEnum):
    """What a thread does that has called back into a loop."""

    WAITS = 0
    """From now on, for what its own request runs there; it makes the calls that come back to it from there."""
    GOES_ON = 1
    """That is over."""


class Seen(IntEnum):
    """What a sampled thread was doing."""

    RUNNING = 1
    BLOCKED = 2
    STALLED = 3
    UNKNOWN = 4
    """What it did while it was not on the CPU, the kernel does not show."""
    SERVING = 5
    """It was in a file of its server, and none of the user's: once the answer has begun, it sends that."""


class Awaited(IntEnum):
    """What a suspended request waits for."""

    FREE_THREAD = 1
    """All threads of an executor are taken: its call has not begun."""
    OWN_THREAD = 2
    SEMAPHORE = 3
    POOL = 4
    LOCK = 5
    EVENT = 6
    QUEUE = 7
    SOCKET = 8
    TIMER = 9
    TASK = 10
    CLIENT = 11
    """For more of its request, or until it takes more of the answer."""
    PROCESS = 12
    OTHER = 13

    @property
    def words(self) -> str:
        """For people, and in JSON."""
        return AWAITED_WORDS[self]


AWAITED_WORDS = {
    Awaited.FREE_THREAD: "a free thread of the executor",
    Awaited.OWN_THREAD: "its own call in a thread",
    Awaited.SEMAPHORE: "a semaphore",
    Awaited.POOL: "a pool",
    Awaited.LOCK: "a lock",
    Awaited.EVENT: "an event",
    Awaited.QUEUE: "a queue",
    Awaited.SOCKET: "a socket",
    Awaited.TIMER: "a timer",
    Awaited.TASK: "another task",
    Awaited.CLIENT: "the client",
    Awaited.PROCESS: "another process",
    Awaited.OTHER: "something else",
}


class Vital(IntEnum):
    """Which reading a VITAL record holds."""

    RSS_KB = 1
    THREADS = 2
    CONNECTIONS = 3
    CHILDREN = 4
    """Processes below the worker that run; the lab looks for them, as for the next two."""
    CHILDREN_RSS_KB = 5
    CHILDREN_CPU_US = 6
    """Of those that have ended too: it only grows."""
    WEBSOCKETS = 7
    """One record for each that is opened, in a reading of 1."""
    CPU_US = 8
    """The CPU clock of the worker's process without the threads that look; the lab reads it around a round."""
    FULL_COLLECTION_US = 9
    """One record for each collection of all garbage, when it is over: the CPU that its thread used meanwhile. No other
    thread runs Python while it lasts."""
    READY_US = 10
    """For how long threads of the worker's process, without those that look, were ready for a processor that others
    had; the lab reads it around a round."""


LONGEST_CALL_NS = (1 << 32) - 1
"""What pack_call can hold: 4.3 s."""


def pack_call(took_ns: int, cpu_ns: int) -> int:
    """One `value` of how long a call took and how much CPU it used; `took_ns` up to LONGEST_CALL_NS."""
    return took_ns << 32 | min(cpu_ns, took_ns)


def unpack_call(value: int) -> tuple[int, int]:
    """How long it took and the CPU that it used, in ns."""
    return value >> 32, value & LONGEST_CALL_NS


_LOCATION_BITS = 24
_LOCATION_MASK = (1 << _LOCATION_BITS) - 1


def pack_sample(cpu_ns: int, location: int) -> int:
    """One `value` of a thread's CPU clock (kept to the microsecond) and the number of a source location."""
    return (cpu_ns // 1000) << _LOCATION_BITS | (location & _LOCATION_MASK)


def unpack_sample(value: int) -> tuple[int, int]:
    """The CPU clock in ns and the location number that pack_sample put together."""
    return (value >> _LOCATION_BITS) * 1000, value & _LOCATION_MASK
