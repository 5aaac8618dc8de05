"""Why requests fail is told with the exception, its words and its line, and counted; on live servers of each kind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from obeyed_signs import obeyed

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.foreground import run_headless
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run
from asgi_vs_wsgi.tui.report.findings import failure_lines

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("failures")]

VIEWS = """
import asyncio
import itertools
from pathlib import Path
from runpy import run_path

from django.db import connection
from django.http import Http404, HttpResponse, StreamingHttpResponse

NUMBERS = itertools.count()


def served(request):
    return HttpResponse("page")


def raises(request):
    raise ValueError("no number: \\x1b[31m\\u202e")  # raises


async def araises(request):
    await asyncio.sleep(0)
    raise ValueError("no number: \\x1b[31m\\u202e")  # araises


def imports(request):
    import nothing_of_that_name  # imports


def lazy(request):
    return run_path(Path(__file__).with_name("helper.py"))["page"](request)


def queries(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nothing_there")  # queries


def guarded(request):
    return HttpResponse("never seen")


def parts(request):
    def made():
        yield b"first"
        raise LookupError("in the midst of a body")  # parts

    return StreamingHttpResponse(made())


async def aparts(request):
    async def made():
        yield b"first"
        await asyncio.sleep(0)
        raise LookupError("in the midst of a body")  # aparts

    return StreamingHttpResponse(made())


def groups(request):
    raise ExceptionGroup("of several", [KeyError("the first of them")])  # groups


def secret(request):
    raise RuntimeError("no way to postgresql://me:opensesame@127.0.0.1/db")  # secret


def differs(request):
    raise RuntimeError(f"number {next(NUMBERS)}")  # differs


def missing(request):
    raise Http404("a 404 is an answer")


def says(request):
    return HttpResponse("no exception at all", status=500)


def guard(get_response):
    def inner(request):
        if request.path.endswith("/guarded"):
            raise PermissionError("not past the guard")  # guard
        return get_response(request)

    return inner


def bare_wsgi(environ, start_response):
    if environ["PATH_INFO"].endswith("/raises"):
        raise ArithmeticError("before the answer")  # bare_wsgi
    start_response("200 OK", [])

    def body():
        yield b"first"
        raise ArithmeticError("after it")  # body

    return body()


async def bare_asgi(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"].endswith("/raises"):
        raise ArithmeticError("before the answer")  # bare_asgi
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    raise ArithmeticError("after it")  # later
"""
HELPER = "SETTING = {}\nSETTING['it is not there']\n"
CLASSES = ("raises", "imports", "lazy", "queries", "guarded", "parts", "groups", "secret", "missing", "says", "served")
SERVERS = ("gunicorn-sync", "gunicorn-gthread", "uvicorn")


def folder(tmp_path: Path, targets: str, classes: tuple[str, ...], requests: int, more: str = "") -> Path:
    made = tmp_path / "raising"
    made.mkdir()
    visitors = "".join(f'[[visitors]]\nname = "{name}"\nshare = 1\n' for name in classes)
    load = f'[load]\narrivals = "closed"\nconcurrency = 4\nrequests = {requests}\ntimeout_s = 20\n'
    head = 'title = "Raising"\nsummary = "{requests} visitors"\n'
    (made / "scenario.toml").write_text(f"{head}{more}{load}{visitors}{targets}", "utf-8")
    (made / "views.py").write_text(VIEWS, "utf-8")
    (made / "helper.py").write_text(HELPER, "utf-8")
    (made / "lesson.md").write_text("# It fails\n", "utf-8")
    return made


def target(server: str, view: str, **keys: object) -> str:
    written = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'[[targets]]\nserver = "{server}"\nview = "{view}"\nworkers = 2\nfailures_expected = true\n{written}'


def run(tmp_path: Path, **options: object) -> Outcome:
    asked = Options("raising", scenario_dirs=(str(tmp_path),), **options)  # type: ignore[arg-type]
    return run_headless(
        resolve(asked, load_catalog(asked.scenario_dirs)),
        on_progress=lambda progress: None,
        on_ready=lambda target, pid: None,
    )


def line_of(mark: str) -> int:
    return next(number for number, line in enumerate(VIEWS.split("\n"), 1) if line.endswith(f"  # {mark}"))


def told(result: TargetResult) -> Counter[tuple[str, str]]:
    assert result.failures is not None
    return Counter({(each.exception, each.where): each.count for each in result.failures})


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> Outcome:
    """Every way to fail, on every server, in one run."""
    tmp_path = tmp_path_factory.mktemp("folders")
    django = '{ MIDDLEWARE = ["scenario_raising.guard"] }'
    own = {name: name for name in CLASSES}
    on_loop = own | {"raises": "araises", "parts": "aparts"}
    targets = "".join(
        target(server, "served", views=inline(on_loop if server == "uvicorn" else own), django=django)
        for server in SERVERS
    )
    folder(tmp_path, targets, CLASSES, 150, more="database = true\n")
    return run(tmp_path)


def inline(table: dict[str, str]) -> str:
    return "{ " + ", ".join(f'{key} = "{value}"' for key, value in table.items()) + " }"


@pytest.mark.parametrize("server", SERVERS)
def test_each_way_to_fail_is_told_with_its_line_and_counted_once_for_each_request(outcome, server):
    (result,) = [each for each in outcome.result.targets if each.name == server]
    asked = {each.name: each.requests.planned for each in result.classes}
    assert min(asked.values()) > 0
    raises, parts = ("araises", "aparts") if server == "uvicorn" else ("raises", "parts")
    assert told(result) == {
        ("ValueError", f"views.py:{line_of(raises)} {raises}"): asked["raises"],
        ("ModuleNotFoundError", f"views.py:{line_of('imports')} imports"): asked["imports"],
        ("KeyError", "helper.py:2 <module>"): asked["lazy"],
        ("OperationalError", f"views.py:{line_of('queries')} queries"): asked["queries"],
        ("PermissionError", f"views.py:{line_of('guard')} inner"): asked["guarded"],
        ("LookupError", f"views.py:{line_of(parts)} made"): asked["parts"],
        ("KeyError", f"views.py:{line_of('groups')} groups"): asked["groups"],
        ("RuntimeError", f"views.py:{line_of('secret')} secret"): asked["secret"],
    }
    by_class = {each.name: each.requests for each in result.classes}
    assert by_class["served"].completed == asked["served"]
    assert by_class["missing"].unexpected == by_class["missing"].completed == asked["missing"]
    assert by_class["parts"].failed == asked["parts"]


def test_the_words_pass_the_gate_and_hide_passwords(outcome, tmp_path):
    for result in outcome.result.targets:
        words = {each.exception: each.words for each in result.failures or ()}
        assert words["ValueError"] == "no number: \\x1b[31m\\u202e"
        assert words["OperationalError"] == "no such table: nothing_there"
        assert words["ModuleNotFoundError"] == "No module named 'nothing_of_that_name'"
        assert words["RuntimeError"] == "no way to postgresql://me:***@127.0.0.1/db"
    assert not obeyed("".join(failure_lines(outcome.result)))
    assert "opensesame" not in "".join(str(trace.workers[pid].raised) for trace in outcome.traces for pid in trace.raw)


def test_a_saved_run_tells_the_same(outcome, tmp_path):
    (made := tmp_path / "folders").mkdir()
    folder(made, target("uvicorn", "served"), (), 1)
    scenario = load_catalog((str(made),)).find("raising")
    write_run(tmp_path / "run.avw", scenario, outcome)
    read = read_run(tmp_path / "run.avw")
    assert [each.failures for each in read.result.targets] == [each.failures for each in outcome.result.targets]
    for trace, ours in zip(read.traces(), outcome.traces, strict=True):
        assert {pid: worker.raised for pid, worker in trace.workers.items()} == {
            pid: worker.raised for pid, worker in ours.workers.items()
        }


@pytest.mark.parametrize("server", SERVERS)
def test_without_django_what_leaves_the_application_is_told_before_the_answer_and_after(tmp_path, server):
    view = "bare_asgi" if server == "uvicorn" else "bare_wsgi"
    views = inline({"raises": "raises", "later": "served"})
    folder(tmp_path, target(server, view, bare="true", views=views), ("raises", "later"), 20)
    (result,) = run(tmp_path).result.targets
    asked = {each.name: each.requests.planned for each in result.classes}
    later = f"{line_of('later')} {view}" if server == "uvicorn" else f"{line_of('body')} body"
    lines = {"raises": f"{line_of(view)} {view}", "later": later}
    assert told(result) == {("ArithmeticError", f"views.py:{lines[name]}"): asked[name] for name in asked}


def test_words_that_differ_each_time_are_bounded_and_every_request_is_counted(tmp_path):
    folder(tmp_path, target("gunicorn-gthread", "differs", threads=4), (), 200)
    outcome = run(tmp_path)
    (result,), (trace,) = outcome.result.targets, outcome.traces
    assert result.failures is not None
    assert sum(each.count for each in result.failures) == result.requests.failed == 200
    assert {each.where for each in result.failures} == {f"views.py:{line_of('differs')} differs"}
    assert max(len(worker.raised) for worker in trace.workers.values()) < 50


def test_without_a_probe_nobody_can_tell(tmp_path):
    folder(tmp_path, target("gunicorn-sync", "raises"), (), 4)
    (result,) = run(tmp_path, probe=False).result.targets
    assert result.failures is None
    assert result.requests.failed == 4


SERVED = {
    "raises": "ValueError: no number: \\x1b[31m\\u202e",
    "imports": "ModuleNotFoundError: No module named 'nothing_of_that_name'",
    "secret": "RuntimeError: no way to postgresql://me:***@127.0.0.1/db",
}


@pytest.mark.parametrize("server", SERVERS)
def test_what_is_served_tells_of_each_failure_as_it_comes(tmp_path, server):
    folder(tmp_path, target(server, "raises"), (), 4)
    command = [sys.executable, "-m", "asgi_vs_wsgi", "serve", "raising", "--scenarios", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        lines = failures_in(process.stderr)
        for view, words in SERVED.items():
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(url.replace("raises", view), timeout=20)
            assert next(lines) == f"a request raised {words} (views.py:{line_of(view)} {view})"
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(20) == 0
    assert "a request raised" not in rest


def failures_in(stream) -> Iterator[str]:
    return (line.rstrip("\n") for line in stream if re.match("a request raised", line))


def test_the_json_has_the_keys_of_the_contract(tmp_path):
    folder(tmp_path, target("uvicorn", "araises"), (), 4)
    command = [sys.executable, "-m", "asgi_vs_wsgi", "run", "raising", "--scenarios", str(tmp_path), "--json"]
    document = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    (reason,) = document["targets"][0]["failures"]
    assert reason == {
        "exception": "ValueError",
        "words": "no number: \\x1b[31m\\u202e",
        "where": f"views.py:{line_of('araises')} araises",
        "count": 4,
    }
