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
def _own_data_directory(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program keeps for its user is not the tests' to touch."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
