"""What the tests of the face share: makers of recordings are plain modules beside the tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def anyio_backend() -> str:
    """Textual runs on asyncio."""
    return "asyncio"


@pytest.fixture
def result():
    """A result with round figures, as a measurement of the default scenario could have."""
    from made_result import made_result

    return made_result()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what these tests would take is the pilot's waiting for idleness: 20 ms, twice after each key.

    What it waits for is Textual's own drawing, which has its pace from a timer: that is quicker here too.
    """
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.004)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0004)
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 0.002)
