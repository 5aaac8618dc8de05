"""`simulate`: a model under a load, request by request, as columns; the same columns in C and in Python.

The compiled engine (native/) is used where it could be built when the program was installed; else, and where
ASGI_VS_WSGI_ENGINE=python asks for it, the one in Python, which is some twenty times slower and otherwise the same:
each column is equal bit for bit, for the same seed.
"""

from __future__ import annotations

import os
import sysconfig
from array import array
from collections.abc import Callable  # noqa: TC003
from typing import TYPE_CHECKING, Any, Protocol

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.simulation.engine_state import RequestColumns
from asgi_vs_wsgi.scenarios.simulation.event_engine import EventEngine
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail, Intervals, Simulated, Totals
from asgi_vs_wsgi.scenarios.simulation.system_model import check

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.simulation.system_model import Load, SystemModel

ENGINE_VARIABLE = "ASGI_VS_WSGI_ENGINE"
EVENTS_AT_A_TIME = 200_000
"""Between two calls of `progress`."""


class Engine(Protocol):
    """A simulation that is under way."""

    def advance(self, events: int, /) -> bool:
        """Carries on for as many events; True once it is over."""

    def progress(self) -> float:
        """The part of the requests whose clients are through, 0 to 1."""

    def columns(self) -> dict[str, Any]:
        """What `Simulated`, `Intervals` and `Totals` are made of, by their fields' names."""


def simulate(
    model: SystemModel,
    load: Load,
    *,
    seed: int = 1,
    accept_seed: int | None = None,
    detail: Detail = Detail.TIMES,
    engine: str = "",
    progress: Callable[[float], object] | None = None,
) -> Simulated:
    """Every request of `load` through `model`. BadInput where they make no sense.

    `seed` decides arrivals and picks of scripts and of drawn times, which depend on nothing else, so that two models
    see the same requests. `accept_seed`, by default the same, decides who accepts. `engine` is `native` or `python`, by
    default the best there is. `progress` gets the part that is done, some times a second; what it raises ends it all.
    """
    check(model, load)
    name = engine or os.environ.get(ENGINE_VARIABLE, "") or best_engine()
    running = _engine(name)(model, load, RequestColumns(load, seed, accept_seed, detail), detail)
    while not running.advance(EVENTS_AT_A_TIME):
        if progress is not None:
            progress(running.progress())
    return _simulated(running.columns(), load.arrivals.requests, name)


def _simulated(columns: dict[str, Any], requests: int, engine: str) -> Simulated:
    intervals = Intervals(**{name: columns.pop(f"interval_{name}") for name in Intervals.__dataclass_fields__})
    totals = Totals(**{name: columns.pop(f"total_{name}") for name in Totals.__dataclass_fields__})
    return Simulated(requests=requests, intervals=intervals, totals=totals, engine=engine, **columns)


class NativeEngine:
    """The compiled one; what is not drawn lies in `rows`, which it fills in."""

    def __init__(self, model: SystemModel, load: Load, rows: RequestColumns, detail: Detail) -> None:
        self._engine, self._rows = native.Engine(model, load, rows, detail >= Detail.INTERVALS), rows
        self.advance, self.progress = self._engine.advance, self._engine.progress

    def columns(self) -> dict[str, Any]:
        """See Engine."""
        told, columns = self._engine.told(), self._rows.columns()
        for name, column in columns.items():
            if name in told:
                column.frombytes(told.pop(name))
        for name in ("total_slot_s", "total_gil_s", "total_main_s", "total_station_s"):
            told[name] = array("d", told[name])
        columns.update(told)
        return columns


def load_native() -> Any:
    """The compiled module, None where there is none."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return None  # importing it would turn the GIL on
    try:
        from asgi_vs_wsgi.scenarios.simulation import _native
    except ImportError:
        return None
    return _native


native = load_native()
ENGINES: dict[str, Callable[[SystemModel, Load, RequestColumns, Detail], Engine]] = {"python": EventEngine}
if native is not None:
    ENGINES["native"] = NativeEngine


def best_engine() -> str:
    """Which one there is."""
    return "native" if "native" in ENGINES else "python"


def _engine(name: str) -> Callable[[SystemModel, Load, RequestColumns, Detail], Engine]:
    if name not in ENGINES:
        raise BadInput(f"no engine “{name}”", hint=f"{ENGINE_VARIABLE} may be: {', '.join(sorted(ENGINES))}")
    return ENGINES[name]
