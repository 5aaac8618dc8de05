"""A saved tournament that is wrong inside, or none at all, is refused in one line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_ranking

RANKING = {
    "tournament": {
        "schema": "asgi-vs-wsgi-tui/tournament/1",
        "scenario": "slow-io",
        "parameters": {"io_ms": 200},
        "environment": {},
        "metric": "latency_ms.p95",
        "rounds": 3,
        "standings": [
            {
                "rank": 1,
                "server": "uvicorn",
                "label": "uvicorn · 2 workers",
                "interface": "asgi",
                "version": "1",
                "loop": None,
                "http": None,
                "workers": 2,
                "threads": 1,
                "value": 1.0,
                "low": 1.0,
                "high": 1.0,
                "rounds": [1.0],
                "p95_ms": 1.0,
                "throughput_rps": 1.0,
                "max_per_worker": 1,
                "failed": 0,
                "trouble": "",
            }
        ],
        "missing": [],
        "words": [],
    },
    "load": {
        "arrivals": "burst",
        "loop": "open",
        "requests": 32,
        "concurrency": None,
        "rate": None,
        "duration_s": None,
        "seed": 1,
        "timeout_s": 60.0,
        "keep_alive": False,
    },
    "done": 3,
    "total": 3,
    "scenario": {"name": "slow-io", "toml": "", "views": "", "lesson": ""},
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rank", 9),
        ("rank", -1),
        ("workers", 10**9),
        ("value", -5.0),
        ("failed", -1),
        ("interface", "x"),
        ("low", 1e300),
    ],
)
def test_a_tournament_that_is_wrong_inside_is_refused(tmp_path: Path, key: str, value: object):
    file = tmp_path / "a.ranking"
    document = msgspec.json.decode(msgspec.json.encode(RANKING))
    file.write_bytes(msgspec.json.encode(document))
    assert read_ranking(file).whole
    document["tournament"]["standings"][0][key] = value
    file.write_bytes(msgspec.json.encode(document))
    with pytest.raises(BadInput, match="wrong inside"):
        read_ranking(file)


@pytest.mark.parametrize("data", [b"", b"\xff", b"{}", b"[" * 100_000, b'{"tournament": 1}', b'"\\ud800"'])
def test_what_is_no_tournament_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "a.ranking").write_bytes(data)
    with pytest.raises(BadInput):
        read_ranking(tmp_path / "a.ranking")
