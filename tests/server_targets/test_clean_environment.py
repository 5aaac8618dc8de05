"""What a server would read from the user's environment changes nothing of what is measured."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.server_targets.processes.server_process import clean_environment

READ_BY_SERVERS = (
    *("GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "PORT", "FORWARDED_ALLOW_IPS", "SENDFILE"),
    *("UVICORN_PORT", "GRANIAN_WORKERS", "HYPERCORN_BIND", "WAITRESS_THREADS", "DAPHNE_PORT"),
    *("DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "DJANGO_COLORS"),
    *("ASGI_VS_WSGI_WORKER", "ASGI_VS_WSGI_DATABASE_URL", "PYTHONSTARTUP"),
)


@pytest.mark.parametrize("name", READ_BY_SERVERS)
def test_it_is_not_handed_down(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert name not in clean_environment({})


@pytest.mark.parametrize("name", ["PATH", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "TZ", "MY_DJANGO_THING"])
def test_what_is_the_users_own_stays(monkeypatch, name):
    monkeypatch.setenv(name, "mine")
    assert clean_environment({})[name] == "mine"


def test_what_the_lab_says_comes_last(monkeypatch):
    monkeypatch.setenv("ASGI_VS_WSGI_WORKER", "/another run's")
    assert clean_environment({"ASGI_VS_WSGI_WORKER": "/ours"})["ASGI_VS_WSGI_WORKER"] == "/ours"
