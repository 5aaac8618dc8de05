"""The server that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import program, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL in which nothing was made yet."""
    initdb, pg_ctl = program("initdb"), program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    with running_postgres(initdb, pg_ctl) as url:
        yield url
