"""Of real servers: where a worker's configuration lies, who else can read it, and whom its end is tied to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.run.run_in_foreground import run_headless
from asgi_vs_wsgi.server_targets.servers import server_spec, server_specs
from asgi_vs_wsgi.server_targets.worker_config import VARIABLE

pytestmark = pytest.mark.live


class Seen:
    """Of a worker that has just said hello: what can be seen of it from outside."""

    def __init__(self, pid: int) -> None:
        lines = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        self.environment = dict(line.split("=", 1) for line in lines if "=" in line)
        self.path = Path(self.environment[VARIABLE])
        self.config = json.loads(self.path.read_text())
        self.modes = [each.stat().st_mode & 0o777 for each in (self.path, self.path.parent)]
        self.pid, self.group = pid, os.getpgid(pid)


def workers_of(server: str) -> list[Seen]:
    seen: list[Seen] = []
    workers = min(2, server_spec(server).max_workers)
    options = Options("slow-io", targets=(f"{server}:{workers}",), requests=2, parameters=("io_ms=1",))
    experiment = resolve(options, load_catalog())
    run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: seen.append(Seen(pid)))
    assert len(seen) == workers
    return seen


@pytest.mark.parametrize("server", [each.name for each in server_specs()])
def test_a_workers_environment_names_a_private_file_and_holds_no_secret(server, monkeypatch):
    monkeypatch.setenv("ASGI_VS_WSGI_DATABASE_URL", "postgresql://me:secret@127.0.0.1/mine")
    seen = workers_of(server)
    for each in seen:
        assert [name for name in each.environment if name.startswith("ASGI_VS_WSGI_")] == [VARIABLE]
        secret = each.config["site"]["secret_key"]
        assert len(secret) > 32
        assert not any(secret in value for value in each.environment.values())
        assert each.modes == [0o600, 0o700]
        assert not each.path.exists()
    # The first process leads the group, and a worker's parent is the first process: see `probe.entry.load`.
    (group,) = {each.group for each in seen}
    assert len(seen) == 1 or group not in {each.pid for each in seen}


@pytest.mark.parametrize("server", ["gunicorn-sync", "uvicorn"])
def test_views_read_parameters_and_call_the_slow_service_in_processes_of_their_own(run_view, server):
    outcome = run_view("asks_processes_of_its_own", server, workers=2, requests=4)
    (result,) = outcome.result.targets
    assert msgspec.to_builtins(result.requests.errors) == {"timeout": 0}
    assert result.requests.completed == 4
