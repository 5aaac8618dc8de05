"""Keeps a run when it is over and its servers are gone, in a thread: nothing is measured that this could disturb."""

from __future__ import annotations

import time
from pathlib import Path

from anyio import to_thread

from scenarios.definition import Scenario
from scenarios.errors import BadInput
from scenarios.run.outcome import Outcome
from scenarios.saved.shelf import Shelf


async def kept(shelf: str, scenario: Scenario, outcome: Outcome) -> str:
    """Why the run could not be kept; empty where it was, or was not to be. A stop that comes meanwhile waits."""
    if not shelf:
        return ""
    return await to_thread.run_sync(_keep, Path(shelf), scenario, outcome)


def _keep(folder: Path, scenario: Scenario, outcome: Outcome) -> str:
    try:
        Shelf(folder).keep(scenario, outcome.result, outcome.traces, time.time_ns())
    except OSError as error:
        return f"this run was not kept: {error.strerror}"
    except BadInput as error:
        return f"this run was not kept: {error.what}"
    return ""
