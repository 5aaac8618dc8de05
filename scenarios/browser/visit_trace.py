"""A performance trace of one visit, recorded by the browser itself as DevTools' Performance panel does it.

start ─► the page loads ─► a click that fetches, one that computes, one that asks by synchronous XHR ─► end ─► read

What is kept is what that panel draws: tasks, network, paints, interactions. Pictures of the page are never recorded;
headers, console and details of marks are left out, and so is all that Chromium tells of its machine and its settings.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from asgi_vs_wsgi.scenarios.browser.page_visit import PageVisit, Tab
from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.results.browser import CLICKS
from asgi_vs_wsgi.scenarios.secret_values import without_passwords_and_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asgi_vs_wsgi.scenarios.browser.chromium import Chromium, Message
    from asgi_vs_wsgi.scenarios.browser.page_visit import Asked

IN_PAGE = tuple(click for click in CLICKS if click != "navigate")
"""Clicks that leave the page where it is: all in one visit."""
CATEGORIES = (
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
    "blink.user_timing",
)
WHO = frozenset({"process_name", "thread_name"})
"""Of what comes unasked for. The rest of that tells of the machine."""
NOT_KEPT = frozenset({"TimeStamp", "ConsoleTime", "UpdateLayer", "RasterTask"})
"""What the page writes to its console; and what is of no use here, thousands of times."""
TASK, RENDERER = "RunTask", "Renderer"
"""Tasks are looked at in the page's process alone."""
CUT_OFF = frozenset("BE")
"""Phases of what had not ended when the recording did: it would last for ever. What ends is told in one event."""
PRIVATE = frozenset({"headers", "detail", "cookies", "postData", "requestHeaders", "responseHeaders"})
"""Keys below `args`."""
BUFFER_KB = 8_000
"""Chromium's own; what comes when it is full is not recorded. A visit takes a fortieth; JSON is four times that."""
MOST_BYTES = 60_000_000
END_LIMIT_S = 20.0
PART_BYTES = 1 << 20
LONGEST_TEXT = 500


async def recorded_visit(
    browser: Chromium,
    origin: str,
    path: str,
    *,
    own_page: bool,
    next_number: Callable[[], int],
    timeout_s: float,
    whose: str,
) -> tuple[list[Asked], bytes, bool]:
    """Load `path` of `origin` and click; what was asked for, a JSON array of trace events, and whether that is whole.

    As of page_visit.visit_page; RunFailed where the page does not load or the browser is lost.
    """
    tab = Tab(browser, origin, next_number, timeout_s)
    with browser.listening(tab.hear, tab.lose):
        context = await tab.open_page()
        await _start(tab)
        await tab.load(path, whose)
        if not own_page:
            await tab.add_buttons()
        for click in IN_PAGE:
            if await tab.has_button(click):
                await tab.click(click, PageVisit(click))
        events, whole = await _end(tab)
        asked = tab.requests()
        await browser.call("Target.disposeBrowserContext", browserContextId=context)
    return asked, msgspec.json.encode([*kept_events(events)]), whole


async def _start(tab: Tab) -> None:
    config = {
        "recordMode": "recordUntilFull",
        "traceBufferSizeInKb": BUFFER_KB,
        "includedCategories": CATEGORIES,
    }
    await tab.call("Tracing.start", transferMode="ReturnAsStream", streamFormat="json", traceConfig=config)


async def _end(tab: Tab) -> tuple[list[Message], bool]:
    """All events, and whether none was lost."""
    await tab.call("Tracing.end")
    if not await tab.until(lambda: tab.traced, END_LIMIT_S):
        raise RunFailed(f"Chromium did not hand over its trace within {END_LIMIT_S:.0f} s", hint="run it again")
    stream, text = tab.traced["stream"], bytearray()
    while True:
        part = await tab.call("IO.read", handle=stream, size=PART_BYTES)
        text += base64.b64decode(part["data"]) if part.get("base64Encoded") else part["data"].encode()
        if part["eof"]:
            break
        if len(text) > MOST_BYTES:
            raise RunFailed(f"Chromium's trace is larger than {MOST_BYTES // 1_000_000} MB", hint="--no-trace")
    await tab.call("IO.close", handle=stream)
    return msgspec.json.decode(bytes(text))["traceEvents"], not tab.traced.get("dataLossOccurred")


def kept_events(events: list[Message]) -> Iterator[Message]:
    """Those that the panel draws, without what is private."""
    pages = {e["pid"] for e in events if e["name"] == "process_name" and e["args"].get("name") == RENDERER}
    for event in events:
        name, categories = event["name"], event.get("cat", "").split(",")
        if event["ph"] == "M":
            if name in WHO:
                yield event
        elif name in NOT_KEPT or event["ph"] in CUT_OFF or (name == TASK and event["pid"] not in pages):
            continue
        elif "benchmark" not in categories and not {*CATEGORIES}.isdisjoint(categories):
            yield event | {"args": _harmless(event.get("args", {}))}


def _harmless(value: Any) -> Any:
    match value:
        case dict():
            return {key: _harmless(each) for key, each in value.items() if key not in PRIVATE}
        case list():
            return [*map(_harmless, value)]
        case str():
            return without_passwords_and_tokens(value[:LONGEST_TEXT])
    return value
