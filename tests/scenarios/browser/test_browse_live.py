"""A real Chromium: its figures are those of Google's web-vitals, a bad INP is seen, and what goes wrong is one line."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from browser_pipe import browser_path
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.browser import page_visit
from asgi_vs_wsgi.scenarios.browser.browse import browse
from asgi_vs_wsgi.scenarios.browser.chromium import Chromium, find_browser, started_chromium
from asgi_vs_wsgi.scenarios.browser.page_visit import PageVisit, Tab, visit_page
from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput, LabError, RunFailed
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.load import beside_load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run.observer import Callbacks, Progress
from asgi_vs_wsgi.tui.report.browser import who_measured

pytestmark = pytest.mark.live
needs_browser = pytest.mark.skipif(browser_path() is None, reason="there is no Chromium here (apt install chromium)")
PAGE = """<!doctype html><title>t</title><link rel=icon href="data:,"><h1>Shop</h1>
<button id=compute onclick="const u=performance.now()+300;while(performance.now()<u);
requestAnimationFrame(()=>setTimeout(()=>performance.mark('answer')))">compute</button>
<button id=fetch onclick="fetch('/slow').then(()=>performance.mark('answer'))">fetch</button>"""

FOREIGN = """<!doctype html><title>t</title><link rel=icon href="data:,">
<a id=fetch href="/slow">fetch</a><input id=answer><p id=compute>c</p><p id=navigate>n</p>
<script>addEventListener('click', () => performance.mark('answer'))</script>"""


ANSWERS = {
    "/svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"><text y="20">drawn</text></svg>'),
    "/xml": ("application/xml", "<a><body/>told</a>"),
    "/foreign": ("text/html", FOREIGN),
}


class Pages(BaseHTTPRequestHandler):
    asked = threading.Event()
    """For the page that never comes."""

    def do_GET(self) -> None:
        if self.path == "/never":
            self.asked.set()
            self.server.over.wait(20)  # type: ignore[attr-defined]
            return
        if self.path == "/slow":
            self.server.over.wait(0.5)  # type: ignore[attr-defined]
        self.send_response(500 if self.path == "/broken" else 200)
        kind, answer = ANSWERS.get(self.path, ("text/html", PAGE))
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.over = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.over.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def in_browser(tmp_path: Path, use: Callable[[Chromium], Awaitable[object]]) -> None:
    async def main() -> None:
        async with started_chromium(find_browser(), tmp_path) as browser:
            await use(browser)

    try:
        anyio.run(main, backend_options={"use_uvloop": True})
    finally:
        assert left(tmp_path) == [], "nothing of it is left"
        assert not (tmp_path / "profile").exists()


def left(folder: Path) -> list[str]:
    """Processes that have the profile in their command line."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder / "profile").encode() in file.read_bytes():
                lines.append(str(file))
        except OSError:
            pass
    return lines


async def visit(
    browser: Chromium, origin: str, path: str, click: str, timeout_s: float = 20.0, *, own_page: bool = True
) -> PageVisit:
    number = partial(next, itertools.count(1))
    return await visit_page(
        browser, origin, path, click, own_page=own_page, next_number=number, timeout_s=timeout_s, whose="it"
    )


@needs_browser
def test_a_script_that_blocks_is_a_bad_inp_and_a_slow_answer_is_none(tmp_path: Path, origin: str):
    async def use(browser: Chromium) -> None:
        blocked, fetched = [await visit(browser, origin, "/", click) for click in ("compute", "fetch")]
        assert blocked.inp_ms is not None
        assert blocked.inp_ms >= 300
        assert fetched.inp_ms is None or fetched.inp_ms < 0.7 * blocked.inp_ms
        assert fetched.answer_ms is not None
        assert fetched.answer_ms >= 500
        assert [each.path for each in fetched.requests] == ["/", "/slow"]
        assert fetched.ttfb_ms < fetched.fcp_ms <= fetched.lcp_ms

    in_browser(tmp_path, use)


@needs_browser
def test_what_goes_wrong_is_one_line_and_leaves_nothing(tmp_path: Path, origin: str, caplog: pytest.LogCaptureFixture):
    async def never(browser: Chromium) -> None:
        with pytest.raises(RunFailed, match=r"it: the page /never did not load in Chromium within 0\.5 s"):
            await visit(browser, origin, "/never", "fetch", timeout_s=0.5)
        with pytest.raises(RunFailed, match="it: the page /broken was answered 500"):
            await visit(browser, origin, "/broken", "fetch")
        with pytest.raises(RunFailed, match=r"it: Chromium could not load the page /: net::ERR"):
            await visit(browser, "http://127.0.0.1:1", "/", "fetch")

        async def kill() -> None:
            assert await anyio.to_thread.run_sync(Pages.asked.wait, 10)
            os.kill(browser.pid, signal.SIGKILL)

        Pages.asked.clear()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kill)
            with pytest.raises(RunFailed, match="Chromium ended by itself"):
                await visit(browser, origin, "/never", "fetch")

    in_browser(tmp_path, never)
    gc.collect()
    assert [record.getMessage() for record in caplog.records] == []


def program(folder: Path, script: str) -> str:
    file = folder / "chromium"
    file.write_text(f"#!/usr/bin/env python3\n{script}\n", "utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


OLD = """import json, os
data = b""
while not data.endswith(b"\\0"):
    data += os.read(3, 1000)
answer = {"id": json.loads(data[:-1])["id"], "result": {"product": "HeadlessChrome/90.0.1"}}
os.write(4, json.dumps(answer).encode() + b"\\0")
while os.read(3, 1000):
    pass"""


RUBBISH = """import os
os.write(4, b"hello {\\0")
while os.read(3, 1000):
    pass"""


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (RUBBISH, "did not start: it is no Chromium, or too old"),
        (OLD, r"is too old \(HeadlessChrome/90.0.1\): 115 or newer is needed"),
        ("raise SystemExit(1)", "did not start: it is no Chromium, or too old"),
        (None, "there is no program"),
    ],
)
def test_a_browser_that_cannot_be_used_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, words: str
):
    path = program(tmp_path, script) if script else str(tmp_path / "none")
    monkeypatch.setenv("ASGI_VS_WSGI_BROWSER", path)

    async def nothing(browser: Chromium) -> None:
        raise AssertionError

    with pytest.raises(LabError, match=words):
        in_browser(tmp_path, nothing)
    monkeypatch.delenv("ASGI_VS_WSGI_BROWSER")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(BadInput, match="no Chromium found"):
        find_browser()


@pytest.fixture(scope="module")
def web_vitals(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Google's library, from npm."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm, for web-vitals")
    folder = tmp_path_factory.mktemp("npm")
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), "web-vitals@5"]
    done = subprocess.run(install, capture_output=True, text=True, timeout=60)
    file = folder / "node_modules/web-vitals/dist/web-vitals.iife.js"
    if done.returncode or not file.exists():
        pytest.skip(f"npm does not give us web-vitals: {done.stderr.strip()[-200:]}")
    return file.read_text("utf-8")


THEIRS = """;for (const name of ['TTFB', 'FCP', 'LCP', 'INP'])
webVitals['on' + name](m => window.__avw(JSON.stringify({name: 'their ' + m.name, value: m.value})),
  {reportAllChanges: true, durationThreshold: 16});"""


@needs_browser
def test_our_figures_are_those_of_web_vitals(
    tmp_path: Path, origin: str, web_vitals: str, monkeypatch: pytest.MonkeyPatch
):
    idle = "window.requestIdleCallback = undefined;"  # it tells an INP when the page is idle, which may be long after
    monkeypatch.setattr(page_visit, "OBSERVER", f"{idle}{web_vitals}{THEIRS}{page_visit.OBSERVER}")
    told: list[dict[str, float]] = []

    class Kept(Tab):
        async def click(self, kind: str, visit: PageVisit) -> None:
            await super().click(kind, visit)
            await self.until(lambda: self.last("their INP") == self.last("INP"), 5.0)  # of the first event at first
            told.append({name: self.last(name) or 0.0 for name in ("TTFB", "FCP", "LCP", "INP")})
            told.append({name: self.last(f"their {name}") or 0.0 for name in ("TTFB", "FCP", "LCP", "INP")})

    monkeypatch.setattr(page_visit, "Tab", Kept)

    async def use(browser: Chromium) -> None:
        await visit(browser, origin, "/", "compute")

    in_browser(tmp_path, use)
    ours, theirs = told
    assert min(ours.values()) > 0
    assert ours == pytest.approx(theirs, abs=0.2)


@needs_browser
def test_a_page_that_is_not_ours_keeps_its_ids_and_what_is_no_page_has_no_buttons(tmp_path: Path, origin: str):
    async def use(browser: Chromium) -> None:
        fetched = await visit(browser, origin, "/foreign", "fetch", own_page=False)
        assert [each.path for each in fetched.requests] == ["/foreign", "/foreign"], "our button, not its link"
        computed = await visit(browser, origin, "/foreign", "compute", own_page=False)
        assert computed.answer_ms is not None
        assert computed.answer_ms >= 150, "the answer of our button, not a mark of its own"
        for path in ("/svg", "/xml"):
            seen = await visit(browser, origin, path, "compute", own_page=False)
            assert seen.ttfb_ms is not None
            assert (seen.inp_ms, seen.answer_ms) == (None, None)

    in_browser(tmp_path, use)


@needs_browser
def test_a_browser_that_is_killed_leaves_no_socket_among_the_files_of_others(monkeypatch: pytest.MonkeyPatch):
    with tempfile.TemporaryDirectory() as folder:  # of a short name: a socket's address has no room for a long one
        ours, others = Path(folder, "ours"), Path(folder, "others")
        ours.mkdir()
        others.mkdir()
        monkeypatch.setenv("TMPDIR", str(others))

        async def kill(browser: Chromium) -> None:
            assert [*ours.glob("profile/org.chromium.*")]
            os.kill(browser.pid, signal.SIGKILL)

        in_browser(ours, kill)
        assert [*others.iterdir(), *ours.iterdir()] == []


@needs_browser
def test_an_event_of_a_browser_that_is_gone_is_no_traceback(tmp_path: Path):
    async def use(browser: Chromium) -> None:
        tab = Tab(browser, "http://x", lambda: 1, 1.0)
        await tab.open_page()
        os.kill(browser.pid, signal.SIGKILL)
        os.waitid(os.P_PID, browser.pid, os.WEXITED | os.WNOWAIT)  # and nobody has read of its end yet
        request = {"url": "http://x/", "headers": {}}
        session, told = tab._session, {"requestId": "1", "request": request}
        tab.hear({"method": "Fetch.requestPaused", "sessionId": session, "params": told})

    in_browser(tmp_path, use)


@needs_browser
def test_a_page_that_crashes_is_told_at_once_and_words_that_nobody_knows_are_a_line(tmp_path: Path):
    async def use(browser: Chromium) -> None:
        tab = Tab(browser, "http://x", lambda: 1, 1.0)
        with browser.listening(tab.hear, tab.lose):
            await tab.open_page()
            await tab.evaluate("['', '7', '{}', '{\"value\": \"x\"}'].forEach(said => __avw(said))")
            assert tab.told == []
            tab.hear({"method": "Network.loadingFinished", "sessionId": tab._session, "params": {}})
            with pytest.raises(RunFailed, match=r"told of Network\.loadingFinished in words that are not known"):
                tab.check()
            tab._failure = None
            browser.post("Page.crash", tab._session)
            with anyio.fail_after(10), pytest.raises(RunFailed, match="the page crashed in Chromium"):
                await tab.evaluate("1")

    in_browser(tmp_path, use)


@needs_browser
def test_the_catalogs_own_claims_about_a_browser_hold_and_a_round_that_is_not_whole_counts_for_nothing():
    options = Options("vitals", parameters=("io_ms=40",), rounds=2)
    experiment = resolve(options, load_catalog())
    experiment = replace(experiment, load=beside_load(experiment.load, None))
    said: list[str] = []
    stopped: list[Outcome] = []

    async def main() -> None:
        with anyio.CancelScope() as scope:

            def progress(told: Progress) -> None:
                said.append(told.words)
                if told.words.startswith("gunicorn-sync, round 2"):  # uvicorn's second round is over
                    scope.cancel()

            watcher = Callbacks(progress, lambda target, pid: None, stopped.append)
            await browse(experiment, find_browser(), watcher)

    anyio.run(main, backend_options={"use_uvloop": True})
    (outcome,) = stopped
    targets = outcome.result.targets
    vitals = [target.vitals for target in targets]
    assert [len(each.ttfb_ms.samples) for each in vitals if each and each.ttfb_ms] == [4, 4]
    assert {row.visit for each in vitals if each for row in each.requests} == {1, 2, 3, 4}
    assert "in 4 visits to each target" in who_measured(outcome.result)
    checks = {check.quantity: check for target in targets for check in target.checks if check.holds is not None}
    assert [check for check in checks.values() if not check.holds] == []
    assert {"vitals.inp_ms.sync_xhr.p75", "vitals.ttfb_ms.p75", "vitals.lcp_ms.p75"} <= checks.keys()
    assert "uvicorn, round 1 of 2: a click that fetches" in said
