"""The page in a real Chromium, from a file and without a network: what it draws, what it tells, what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_pipe import BrowserTab, browser_path, browser_tab
from saved_runs import FOLDER

from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.html_report.page import report_page

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(browser_path() is None, reason="there is no Chromium here (Debian: apt install chromium)"),
]
SHOWN = "!!(window.lanes && lanes.shownMs)"
SECOND = "document.querySelectorAll('canvas')[1]"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserTab]:
    with browser_tab(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "run.html"
    file.write_text(report_page(read_run(FOLDER / "slow-io.avw")), "utf-8")
    return file


def open_page(tab: BrowserTab, page: Path, width: int = 1280, theme: str = "light") -> None:
    tab.open(page.as_uri(), SHOWN, width=width, height=844, theme=theme)


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_it_is_shown_whole_without_asking_for_anything(tab: BrowserTab, page: Path, width: int, theme: str):
    open_page(tab, page, width, theme)
    assert [told["request"]["url"] for told in tab.told("Network.requestWillBeSent")] == [page.as_uri()]
    assert not tab.told("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
    assert tab.run("document.documentElement.scrollWidth") <= width
    figures = "document.querySelector('[aria-label=Figures]')"
    assert tab.run(f"{figures}.scrollWidth <= {figures}.clientWidth"), "the figures of two targets are seen whole"
    painted = "new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"
    assert tab.run(f"[...document.querySelectorAll('canvas')].every(c => {painted} > 5)")
    dark = tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"
    assert dark is (theme == "dark")


def test_it_counts_those_who_await_as_the_screen_does(tab: BrowserTab, page: Path):
    open_page(tab, page)
    rows = tab.run(
        "lanes.head.targets.flatMap(t => t.rows.filter(r => r.count).map(r => [r.label, r.most, Math.max(...r.count)]))"
    )
    assert {label for label, *_ in rows} == {"in line", "awaiting"}
    assert all(most == counted for _, most, counted in rows), rows


def test_hover_keys_wheel_and_drag(tab: BrowserTab, page: Path):
    open_page(tab, page)
    box = tab.run(f"(b => [b.left, b.top, b.width, b.height])({SECOND}.getBoundingClientRect())")
    tab.run(f"{SECOND}.scrollIntoView({{block: 'center'}}); {SECOND}.focus()")
    box = tab.run(f"(b => [b.left, b.top, b.width, b.height])({SECOND}.getBoundingClientRect())")
    x, y = box[0] + 92, box[1] + min(box[3], 400) / 2
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    tip = tab.until("!document.getElementById('tip').hidden && document.getElementById('tip').textContent")
    assert "Visitor " in tip
    assert "Answered after" in tip
    for key in ("ArrowRight", "ArrowRight"):
        tab.call("Input.dispatchKeyEvent", type="keyDown", key=key)
    story = tab.until("document.getElementById('story').textContent.includes('Visitor 2 ') && story.textContent")
    assert "gunicorn-sync: Visitor 2" in story
    assert "uvicorn: Visitor 2" in story
    assert tab.run("document.getElementById('visitor').value") == "2"
    whole = tab.run("lanes.view.to - lanes.view.from")
    tab.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=-400)
    part = tab.until(f"lanes.view.to - lanes.view.from < {whole} && [lanes.view.from, lanes.view.to]")
    for kind, at in (("mousePressed", x + 300), ("mouseMoved", x + 100), ("mouseReleased", x + 100)):
        tab.call("Input.dispatchMouseEvent", type=kind, x=at, y=y, button="left", buttons=1, clickCount=1)
    assert tab.until(f"lanes.view.from > {part[0]}")
    tab.call("Input.dispatchKeyEvent", type="keyDown", key="0")
    assert tab.until(f"lanes.view.to - lanes.view.from === {whole}")


def test_a_browser_that_cannot_unpack_the_lanes_shows_them_as_text_and_says_so(tab: BrowserTab, page: Path):
    source = "delete window.DecompressionStream"
    added = tab.call("Page.addScriptToEvaluateOnNewDocument", source=source)
    try:
        tab.open(page.as_uri(), "!!document.querySelector('details[open]')", width=1280, height=844, theme="light")
        assert "cannot unpack the lanes" in tab.run("document.getElementById('story').innerText")
        assert "worker 1" in tab.run("document.querySelector('details pre').innerText")
        assert tab.run("document.querySelectorAll('canvas').length") == 0
        assert not tab.told("Runtime.exceptionThrown")
    finally:
        tab.call("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])


def test_what_is_put_into_it_is_not_obeyed(tab: BrowserTab, page: Path):
    open_page(tab, page)
    tab.run(
        """document.body.insertAdjacentHTML('beforeend', '<img src="x.png" onerror="window.bad = 1">');
        const script = document.createElement('script'); script.textContent = 'window.bad = 2';
        document.body.append(script); 1"""
    )
    refused = "document.querySelectorAll('img[src]')[0].complete"
    tab.until(refused)
    assert tab.run("window.bad === undefined")
    assert [told.get("blockedReason") for told in tab.told("Network.loadingFailed")] == ["csp"]
    assert len(tab.told("Log.entryAdded")) >= 2, "the browser says that it has refused the handler and the script"
