"""Tests of the probe share what makes a recorder of either kind, and begin outside any request."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def outside_any_request() -> Iterator[None]:
    """Whatever a test says of the running context, the next one does not find it there."""
    yield
    CURRENT.set(0)
