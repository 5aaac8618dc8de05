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
