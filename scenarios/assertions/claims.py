"""The grammar of claims about figures, the same in scenario folders and on the command line.

    claim        [TARGET/]FIGURE EXPECTATION      uvicorn/latency_ms.p95 < 0.5 * gunicorn-sync/latency_ms.p95
    expectation  OP NUMBER[UNIT]                  < 200ms      (a check of a folder has this half alone)
                 OP [NUMBER *] TARGET/FIGURE      >= 2 * uvicorn/throughput_rps
    OP           <  <=  ==  >=  >
    UNIT         us ms s min, KiB MiB GiB, %, /s; without one a number is in the figure's own unit
    FIGURE       a path into a target's result, as `run --json` tells it: asgi_vs_wsgi.scenarios.results.metrics.METRICS

Times are compared as times: `0.4 * x/service_s` of a figure in milliseconds is 0.4 of that time.
"""

from __future__ import annotations

import operator
import re
from difflib import get_close_matches
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence


# ---- units


class Unit(NamedTuple):
    """Of what kind a quantity is, and how many of the kind's smallest unit one of this unit is."""

    kind: str
    size: float
    example: str


_TIME, _MEMORY, _SHARE, _RATE, _COUNT = "a time", "memory", "a share", "a rate", "a number"
UNITS = {
    "us": Unit(_TIME, 1, "200ms"),
    "µs": Unit(_TIME, 1, "200ms"),
    "ms": Unit(_TIME, 1_000, "200ms"),
    "s": Unit(_TIME, 1_000_000, "1.5s"),
    "min": Unit(_TIME, 60_000_000, "1.5s"),
    "KiB": Unit(_MEMORY, 1, "80MiB"),
    "MiB": Unit(_MEMORY, 1024, "80MiB"),
    "GiB": Unit(_MEMORY, 1024 * 1024, "80MiB"),
    "%": Unit(_SHARE, 1, "50%"),
    "/s": Unit(_RATE, 1, "100/s"),
}
FIGURE_UNITS = {
    "_ms": UNITS["ms"],
    "_s": UNITS["s"],
    "_mb": UNITS["MiB"],
    "_rps": UNITS["/s"],
    "_share": Unit(_SHARE, 100, "50%"),
}
"""What a part of a figure's path ends with: `rss_peak_mb` is counted in 1,024 KiB, a share from 0 to 1."""
_MEANT = {"sec": "s", "secs": "s", "seconds": "s", "m": "min", "msec": "ms", "percent": "%", "rps": "/s"}
_NO_UNIT = {"MB": "MiB", "KB": "KiB", "kB": "KiB", "GB": "GiB", "M": "MiB", "K": "KiB", "G": "GiB"}


def parts_of(figure: str) -> list[str]:
    """The keys of a path without the names of classes and pages, which may end as they like."""
    parts = figure.split(".")
    if parts[0] == "classes":
        parts = parts[2:]
    return parts[2:] if parts[:1] == ["pages"] else parts


def unit_of(figure: str) -> Unit:
    """In which a figure is told."""
    return FIGURE_UNITS.get(unit_suffix(figure), Unit(_COUNT, 1, "10"))


def unit_suffix(figure: str) -> str:
    """The one of FIGURE_UNITS that the unit is told by; empty of what is counted."""
    return next((end for part in parts_of(figure) for end in FIGURE_UNITS if part.endswith(end)), "")


def is_time(figure: str) -> bool:
    """Whether the figure is a time, or a number in a time."""
    return unit_of(figure).kind in (_TIME, _RATE)


def without_others(figure: str, value: float, taken: float) -> tuple[float, float]:
    """The least and the most that a time, or a rate, may have been if others had not taken that part of the machine."""
    left = 1 - taken
    if figure.endswith("_rps"):
        return value, value / left if left > 0 else inf
    return value * left, value


def is_of_browser(figure: str) -> bool:
    """Whether only `browse` measures it: over the visits of all rounds, which are too few in one for a percentile."""
    return figure.startswith("vitals.")


def in_unit_of(figure: str, other: str) -> float:
    """What turns a number of `figure` into one of `other`, which is of the same kind."""
    return unit_of(figure).size / unit_of(other).size


# ---- claims

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
BASELINE = "baseline:"
"""Before the name of a target: as it was in an earlier run."""
EXAMPLE = "uvicorn/latency_ms.p95 < 0.5 * gunicorn-sync/latency_ms.p95"


class Expectation(NamedTuple):
    """`number` is a bound in `unit`, or the factor of a `target`'s `figure`."""

    comparison: str
    number: float
    unit: str
    target: str
    figure: str

    def bound(self, quantity: str, other: float | None) -> float | None:
        """What `quantity` is compared with, in its own unit; None where the `other` figure was not measured."""
        if not self.target:
            return self.number * UNITS[self.unit].size / unit_of(quantity).size if self.unit else self.number
        return None if other is None else self.number * other * in_unit_of(self.figure, quantity)

    def holds(self, measured: float, bound: float) -> bool:
        """Whether it is as expected."""
        return OPERATORS[self.comparison](measured, bound)


class Claim(NamedTuple):
    """`target` is empty where the text names none."""

    text: str
    target: str
    figure: str
    expectation: Expectation


class Fault(NamedTuple):
    """Why a text is no claim, or none about this run, and what would be right."""

    reason: str
    right: str


_COMPARES = re.compile(r"<=|>=|==|=<|=>|!=|<|>|=")
_MEANT_OPERATOR = {"=": "==", "=<": "<=", "=>": ">=", "!=": "< or >"}
_NUMBER = r"(\d+(?:_\d+)*(?:\.\d+)?|\.\d+)"
_BOUND = re.compile(rf"{_NUMBER}\s*([^\W\d_]+|%|/\s*[^\W\d_]+)?")
_TIMES = re.compile(rf"{_NUMBER}\s*(%?)\s*\*\s*([^\s/]+)/(\S+)")
_OTHER = re.compile(r"([^\s/]+)/(\S+)")
_QUANTITY = re.compile(r"(?:([^\s/]+)/)?([^\s/]+)")


def read_claim(text: str) -> Claim | Fault:
    """`[TARGET/]FIGURE OP …`; names are not looked up."""
    text = text.strip()
    compares = _COMPARES.search(text)
    if compares is None:
        return Fault("it compares with nothing", f"such as '{EXAMPLE}', in quotes")
    quantity = _QUANTITY.fullmatch(text[: compares.start()].strip())
    if quantity is None:
        return Fault("before the comparison stands no figure of a target", f"such as '{EXAMPLE}'")
    expectation = read_expectation(text[compares.start() :])
    return expectation if isinstance(expectation, Fault) else Claim(text, quantity[1] or "", quantity[2], expectation)


def read_expectation(text: str) -> Expectation | Fault:
    """`OP NUMBER[UNIT]` or `OP [NUMBER *] TARGET/FIGURE`; names are not looked up."""
    text = text.strip()
    compares = _COMPARES.match(text)
    if compares is None:
        return Fault(f"`{text}` is no claim", "such as `>= 2`, `< 200ms` or `< 0.5 * uvicorn/latency_ms.p95`")
    if compares[0] not in OPERATORS:
        return Fault(f"`{compares[0]}` compares nothing", f"did you mean {_MEANT_OPERATOR[compares[0]]}?")
    right = text[compares.end() :].strip()
    if found := _BOUND.fullmatch(right):
        unit = re.sub(r"\s", "", found[2] or "")
        return _unit_fault(unit) or _checked(Expectation(compares[0], float(found[1]), unit, "", ""))
    if found := _TIMES.fullmatch(right):
        number = float(found[1]) / 100 if found[2] else float(found[1])
        return _checked(Expectation(compares[0], number, "", found[3], found[4]))
    if found := _OTHER.fullmatch(right):
        return Expectation(compares[0], 1.0, "", found[1], found[2])
    what = f"`{right}` is neither a number nor a figure of a target" if right else "it ends after the comparison"
    return Fault(what, "such as `< 200ms` or `< 0.5 * uvicorn/latency_ms.p95`")


def _checked(expectation: Expectation) -> Expectation | Fault:
    """Four hundred digits are infinity to a computer."""
    return expectation if isfinite(expectation.number) else Fault("its number is not finite", "a smaller one")


def _unit_fault(unit: str) -> Fault | None:
    if not unit or unit in UNITS:
        return None
    if unit in _NO_UNIT:
        return Fault(f"`{unit}` is no unit here: memory is told in 1,024 KiB", f"did you mean `{_NO_UNIT[unit]}`?")
    if unit in _MEANT:
        return Fault(f"there is no unit `{unit}`", f"did you mean `{_MEANT[unit]}`?")
    return Fault(f"there is no unit `{unit}`", suggest(unit, UNITS))


# ---- names and kinds


def needs_browser(quantity: str, expected: str) -> bool:
    """Whether on either side of a check stands what only a browser measures."""
    read = read_expectation(expected)
    return is_of_browser(quantity) or (isinstance(read, Expectation) and is_of_browser(read.figure))


def quantity_fault(figure: str, known: Sequence[str]) -> Fault | None:
    """Where a target's result has no such figure: with those that may be meant."""
    if figure in known:
        return None
    if is_of_browser(figure) and not any(map(is_of_browser, known)):
        return Fault(f"`{figure}` is measured by a browser, and `run` has none", "`browse --save FILE`, then `check`")
    return Fault(f"`{figure}` is no figure of a target's result", _meant(figure, known))


MOST_MEANT = 4


def _meant(figure: str, known: Sequence[str]) -> str:
    near = [each for each in known if each.endswith(f".{figure}") and not each.startswith("classes.")]
    near = near or [each for each in known if each.startswith(f"{figure}.")]
    near = near or get_close_matches(figure, known, 1, 0.5)
    if near:
        return f"did you mean {listed((f'`{each}`' for each in near[:MOST_MEANT]), 'or')}?"
    return "such as `latency_ms.p95` or `requests.failed`: what `run --json` tells of a target, with dots"


def expectation_faults(
    quantity: str, expectation: Expectation, names: Collection[str], known: Sequence[str]
) -> Iterator[Fault]:
    """Everything that a well-formed expectation of a known `quantity` names in vain, or compares with another kind.

    `names`: of the targets that there are; `known`: the figures of that target.
    """
    unit = unit_of(quantity)
    if not expectation.target:
        if expectation.unit and UNITS[expectation.unit].kind != unit.kind:
            given = UNITS[expectation.unit].kind
            part = ", or a part of others: `< 0.01 * uvicorn/requests.planned`" if given == _SHARE else ""
            reason = f"`{quantity}` is {unit.kind}, and `{expectation.unit}` is of {given}"
            yield Fault(reason, f"such as `{unit.example}`{part}")
        return
    if expectation.target not in names:
        yield target_fault(expectation.target, names)
    elif fault := quantity_fault(expectation.figure, known):
        yield fault
    elif (other := unit_of(expectation.figure)).kind != unit.kind:
        reason = f"`{quantity}` is {unit.kind}, and `{expectation.figure}` is {other.kind}"
        yield Fault(reason, f"compare it with a figure that is {unit.kind} too")


def target_fault(name: str, names: Collection[str]) -> Fault:
    """Of a target that was not there: which there were."""
    guess = suggest(name, names)
    there = "" if guess.startswith("known") else f" there {'is' if len(names) == 1 else 'are'} {listed(sorted(names))}"
    return Fault(f"no target is called `{name}`", f"{guess}{there}")
