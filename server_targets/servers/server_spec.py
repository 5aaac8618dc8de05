"""What we need to know of a server product to start it, feed it, and say what limits it.

Options of a server's own that a scenario may set: name, kind, bounds and the server's own words for each.

    options = { max_requests = 20, preload = true }

Which product has which stands in its file beside this one.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asgi_vs_wsgi import PROGRAM

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Socket:
    """Where a server is to listen: a descriptor that the lab has bound (and listens on, unless `opens_port`)."""

    descriptor: int
    port: int


@dataclass(frozen=True, slots=True)
class EndingLines:
    """By which of its own lines a server tells that workers are about to end because they were told to.

    `reloading` and `stopping` speak of all workers there are; `recycling` names its worker by pid, in the first group.
    `unexpected` is about one that has ended although nobody told it to.
    """

    reloading: str = ""
    stopping: str = ""
    recycling: re.Pattern[str] | None = None
    unexpected: str = ""


def version_numbers(version: str) -> tuple[int, ...]:
    """The first two of `5.2.19`; what is no number counts as none."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One way to run one server product."""

    name: str
    """As in `--target NAME`."""
    product: str
    interface: str
    """`wsgi` or `asgi`."""
    distribution: str
    """The name on PyPI; empty for what Python itself brings."""
    words: str
    """For people: `gunicorn sync`."""
    entry: str
    """`module:function` of its command line."""
    arguments: Callable[[Socket, int, int], list[str]]
    """(where to listen, workers, threads) to its command-line arguments."""
    slot: str
    """What limits it: `worker`, `thread` or `none`."""
    law_of_waiting: str | None
    """The law that its abilities imply for views that wait properly."""
    max_workers: int = 64
    max_threads: int = 1
    default_threads: int = 1
    """How many it has in each worker where nobody says: its own default, where that is what people run."""
    opens_port: bool = False
    """It takes no descriptor: it binds the port itself, with SO_REUSEPORT, beside a socket that only keeps it."""
    shows_accept: bool = False
    """Whether it accepts connections through Python's sockets and tells the application the client's port."""
    entry_for: str = ""
    """Which of the probe's entries it runs, where that is not simply the one for its interface."""
    loop: str | None = None
    http: str | None = None
    needs: tuple[str, ...] = ()
    """Modules that must be there beside the product itself."""
    options: Mapping[str, Option] = field(default_factory=dict)
    supervised_from: int | None = None
    """From how many workers on a process beside them starts others in place of those that end; None: there is none."""
    reload_signal: int | None = None
    """By which signal to that process it replaces all workers by new ones; None: it has no such thing."""
    ending_lines: EndingLines = EndingLines()
    since: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Words of its command line that not every version has, with the first that does."""
    oldest: tuple[int, int] = (0, 0)
    """The first version of the product that can run it so."""
    reads_no_file: tuple[str, ...] = ()
    """By which words it reads no configuration that lies in the folder where it runs, which may be a stranger's."""

    @property
    def application(self) -> str:
        """What the server is told to run: our probe's entry for its interface."""
        return f"asgi_vs_wsgi.server_targets.probe.{self.entry_for or self.interface}_entry:application"

    @property
    def installed(self) -> bool:
        """Whether it can be started here."""
        from importlib.util import find_spec

        return self.version is not None and all(find_spec(module) for module in (*self.needs, self.module))

    @property
    def module(self) -> str:
        """The package that holds its command line."""
        return self.entry.split(".")[0].split(":")[0]

    @property
    def version(self) -> str | None:
        """The installed version, None where it is not installed."""
        if not self.distribution:
            return platform.python_version()
        # Imported when asked: it takes 20 ms, and `list` and the first screen do not ask.
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return None

    @property
    def install(self) -> str:
        """The command that installs it."""
        # What Python itself brings is there as soon as we are.
        return " ".join(("pip install", self.distribution or PROGRAM, *self.needs))

    def command_line(
        self, where: Socket, workers: int, threads: int, options: Mapping[str, Value], version: str = ""
    ) -> list[str]:
        """Its arguments with the options that a scenario sets; KeyError for one that it does not have.

        They come after ours, since of an option that is there twice the last one counts, and before the application.
        `version`: of a product in somebody else's environment, which may be older than the one that we know.
        """
        *ours, application = self.arguments(where, workers, threads)
        if version:
            known = version_numbers(version)
            ours = [*(word for word in ours if known >= self.since.get(word, known)), *self.reads_no_file]
        chosen = [word for name, value in options.items() for word in self.options[name].arguments(value)]
        return [*ours, *chosen, application]

    def is_supervised(self, workers: int) -> bool:
        """Whether a process beside so many workers looks after them."""
        return self.supervised_from is not None and workers >= self.supervised_from

    def unable_to(self, do: str, workers: int) -> str:
        """Why an event (`reload`, `stop`, `worker-stop`, `pause`, `resume`) cannot happen to it, or nothing."""
        if do not in ("reload", "worker-stop"):
            return ""
        if self.supervised_from is None or (do == "reload" and self.reload_signal is None):
            return f"{self.name} is one process: nothing starts another worker in its place"
        if workers < self.supervised_from:
            return f"{self.name} with {workers} worker is one process: take {self.supervised_from} or more"
        return ""

    def natural_law(self, threads: int) -> str | None:
        """The law that this product follows where the work is waiting."""
        return self.law_of_waiting

    def label(self, workers: int, threads: int) -> str:
        """For people: `gunicorn sync · 2 workers`."""
        many = f"{workers} worker{'s' if workers != 1 else ''}"
        return f"{self.words} · {many}" + (
            f" × {threads} thread{'' if threads == 1 else 's'}" if self.max_threads > 1 else ""
        )


Value = bool | int | float
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is handed to the server after `flag`."""

    flag: str
    meaning: str
    low: int = 1
    high: int = MOST
    whole: bool = True

    @property
    def kind(self) -> str:
        """For people."""
        return "whole number" if self.whole else "number"

    @property
    def right(self) -> str:
        """What may be given."""
        return f"a {self.kind} from {self.low:,} to {self.high:,}"

    def refusal(self, value: Value) -> str:
        """Why `value` is refused, or nothing."""
        if isinstance(value, bool):
            return f"{str(value).lower()} is no number"
        if self.whole and value != int(value):
            return f"{value:g} is no whole number"
        return "" if self.low <= value <= self.high else f"{value:g} is out of bounds"

    def arguments(self, value: Value) -> tuple[str, ...]:
        """The words of the command line."""
        return self.flag, str(int(value)) if self.whole else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off, each with words of its own on the command line; `off` may have none."""

    on: tuple[str, ...]
    off: tuple[str, ...]
    meaning: str

    @property
    def kind(self) -> str:
        """For people."""
        return "switch"

    @property
    def right(self) -> str:
        """What may be given."""
        return "true or false"

    @property
    def flag(self) -> str:
        """How it is switched on, as a person would; "" where the server asks the application instead."""
        return self.on[0] if self.on else ""

    def refusal(self, value: Value) -> str:
        """Why `value` is refused, or nothing."""
        return "" if isinstance(value, bool) else f"{value:g} is neither true nor false"

    def arguments(self, value: Value) -> tuple[str, ...]:
        """The words of the command line."""
        return self.on if value else self.off


Option = Number | Switch

LIFESPAN = "tell the application when a worker begins and ends"
LONGEST_S = 86_400


def seconds(flag: str, meaning: str, low: int = 1, high: int = LONGEST_S) -> Number:
    """Whole ones: no server takes others."""
    return Number(flag, meaning, low, high)


def backlog(flag: str = "--backlog", low: int = 1) -> Number:
    """All servers that have it mean the same by it."""
    return Number(flag, "connections that wait in the kernel's queue", low, 65_535)
