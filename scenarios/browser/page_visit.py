"""One visit: a tab without cache or cookies loads the page, one button is clicked, and the browser says what it felt.

navigate ─► load ─► paints come to rest ─► click ─► INP told ─► answer shown
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from asgi_vs_wsgi.scenarios.browser.chromium import ANSWER_LIMIT_S, HOW_TO_GET, ended_by_itself, unanswered
from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.results.browser import CLICKS
from asgi_vs_wsgi.server_targets.probe.request_context import HEADER_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from asgi_vs_wsgi.scenarios.browser.chromium import Chromium, Message

BUTTON_IDS = {click: click.replace("_", "-") for click in CLICKS}
"""By kind of click: of the buttons of a scenario's page."""
OURS = "avw-"
"""Before the ids of buttons that we add to another page, and before the mark that their answer is shown."""
WIDTH, HEIGHT = 1280, 800
REST_S = 0.25
"""Without a new largest paint after the load: what a page paints then is painted."""
TOLD_LIMIT_S = 10.0
"""For a paint: a busy machine paints late."""
SHORT_CLICK_S = 1.0
"""After the answer: a click's own event is told by then, or was over in less than the 16 ms that are told."""
ICON = "/favicon.ico"
"""Asked for once by every new profile, and by a person's browser hardly ever: it would stand in line before a click."""
_HERE = Path(__file__).parent
OBSERVER = (_HERE / "vitals.js").read_text(encoding="utf-8")
BUTTONS = (_HERE / "buttons.js").read_text(encoding="utf-8")
_PLACE = """(() => {
  const button = document.getElementById(%s);
  button.scrollIntoView({block: 'center'});
  const at = button.getBoundingClientRect();
  return JSON.stringify([at.x + at.width / 2, at.y + at.height / 2]);
})()"""
_PRESENT = "document.getElementById(%s) !== null"


@dataclass(slots=True)
class Asked:
    """One request as the protocol's Network events tell it; times in seconds of the monotonic clock."""

    number: int
    """On the wire, for the workers' records; 0 where none was given."""
    path: str
    kind: str
    started_s: float
    timing: Message | None = None
    status: int = 0
    mime_type: str = ""
    ended_s: float = 0.0
    bytes_received: int = 0


@dataclass(slots=True)
class PageVisit:
    """What one visit came to; times in milliseconds, None where the browser told none."""

    click: str
    ttfb_ms: float | None = None
    fcp_ms: float | None = None
    lcp_ms: float | None = None
    inp_ms: float | None = None
    answer_ms: float | None = None
    requests: list[Asked] = field(default_factory=list)


class Tab:
    """One tab in a browser context of its own."""

    def __init__(self, browser: Chromium, origin: str, next_number: Callable[[], int], timeout_s: float) -> None:
        self._browser, self._origin, self._next_number, self._timeout_s = browser, origin, next_number, timeout_s
        self._session = ""
        self.told: list[Message] = []
        """By the observer, in order."""
        self._asked: dict[str, Asked] = {}
        self._numbers: dict[str, int] = {}
        self._loads = 0
        self._failure: RunFailed | None = None
        self.changed = asyncio.Event()
        self.traced: Message = {}
        """What it said when it had recorded a trace."""
        self._ours = ""
        """What the ids of its buttons begin with."""

    async def open_page(self) -> str:
        """Returns the id of its context."""
        call = self._browser.call
        context: str = (await call("Target.createBrowserContext", disposeOnDetach=True))["browserContextId"]
        target = (await call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        self._session = (await call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Inspector"):
            await self.call(f"{domain}.enable")
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False
        )
        await self.call("Runtime.addBinding", name="__avw")
        await self.call("Page.addScriptToEvaluateOnNewDocument", source=OBSERVER)
        await self.call("Fetch.enable", patterns=[{"urlPattern": f"{self._origin}/*"}])
        return context

    async def call(self, method: str, **parameters: Any) -> Message:
        """One command to this tab; a page that crashes meanwhile never answers, and is told at once."""
        answer = await self.call_within(ANSWER_LIMIT_S, method, **parameters)
        if answer is None:
            raise unanswered(method)
        return answer

    async def add_buttons(self) -> None:
        """Four of ours, beneath what the page shows; none where it is no HTML page."""
        self._ours = OURS
        await self.evaluate(BUTTONS)

    async def evaluate(self, script: str) -> Any:
        """What a script in the page comes to; RunFailed where it throws."""
        done = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if thrown := done.get("exceptionDetails"):
            raise RunFailed(f"a script of ours failed in the page: {thrown.get('text', '')}")
        return done["result"].get("value")

    def hear(self, message: Message) -> None:
        """An event of the browser."""
        if message.get("sessionId") != self._session or not self._session:
            return
        method, told = message["method"], message.get("params", {})
        handler = getattr(self, f"_on_{method.replace('.', '_')}", None)
        if handler:
            try:
                handler(told)
            except (KeyError, TypeError, ValueError):  # we are in its reader's callback: nobody would hear of it
                self._failure = RunFailed(f"Chromium told of {method} in words that are not known", hint=HOW_TO_GET)
            self.changed.set()

    def lose(self) -> None:
        """The browser is gone."""
        self._failure = ended_by_itself()
        self.changed.set()

    def _on_Fetch_requestPaused(self, told: Message) -> None:  # noqa: N802 - the protocol's names
        """Give it a number that the workers' records will have; the browser waits for us no longer than that."""
        if told["request"]["url"] == f"{self._origin}{ICON}":
            self._post("Fetch.failRequest", requestId=told["requestId"], errorReason="BlockedByClient")
            return
        number = self._next_number()
        self._numbers[told.get("networkId", "")] = number
        if asked := self._asked.get(told.get("networkId", "")):
            asked.number = number
        headers = [{"name": name, "value": value} for name, value in told["request"]["headers"].items()]
        headers.append({"name": HEADER_NAME, "value": str(number)})
        self._post("Fetch.continueRequest", requestId=told["requestId"], headers=headers)

    def _post(self, method: str, **parameters: Any) -> None:
        """Nobody waits for the answer: a request that is gone meanwhile is refused, and that does not matter.

        So is a browser that is gone: we are in its reader's callback, and `lose` tells whoever waits.
        """
        with suppress(RunFailed):
            self._browser.post(method, self._session, **parameters)

    def _on_Network_requestWillBeSent(self, told: Message) -> None:  # noqa: N802
        url, request = told["request"]["url"], told["requestId"]
        if url.startswith(f"{self._origin}/"):
            number = self._numbers.get(request, 0)
            path = url.removeprefix(self._origin)
            self._asked[request] = Asked(number, path, told.get("type", "Other"), told["timestamp"])

    def _on_Network_responseReceived(self, told: Message) -> None:  # noqa: N802
        if asked := self._asked.get(told["requestId"]):
            response = told["response"]
            asked.timing, asked.status = response.get("timing"), response["status"]
            asked.mime_type = response.get("mimeType", "")

    def _on_Network_loadingFinished(self, told: Message) -> None:  # noqa: N802
        if asked := self._asked.get(told["requestId"]):
            asked.ended_s, asked.bytes_received = told["timestamp"], int(told["encodedDataLength"])

    def _on_Runtime_bindingCalled(self, told: Message) -> None:  # noqa: N802
        with suppress(ValueError):  # any script in the page may say anything
            said = json.loads(told["payload"])
            if isinstance(said, dict) and isinstance(said.get("value"), int | float):
                self.told.append({"name": ""} | said)

    def _on_Page_loadEventFired(self, told: Message) -> None:  # noqa: N802
        self._loads += 1

    def _on_Tracing_tracingComplete(self, told: Message) -> None:  # noqa: N802
        self.traced = told

    def _on_Inspector_targetCrashed(self, told: Message) -> None:  # noqa: N802
        self._failure = RunFailed("the page crashed in Chromium", hint="run it again")

    async def until(self, there: Callable[[], Any], within_s: float) -> bool:
        """Whether it came to be; RunFailed where the page or the browser is lost."""
        with anyio.move_on_after(within_s):
            while not there():
                self.check()
                self.changed.clear()
                await self.changed.wait()
            return True
        self.check()
        return bool(there())

    def check(self) -> None:
        """RunFailed where the page or the browser is lost."""
        if self._failure:
            raise self._failure

    async def load(self, path: str, whose: str) -> None:
        """Until its load event, and until its paints have come to rest."""
        answer = await self.call_within(self._timeout_s, "Page.navigate", url=f"{self._origin}{path}")
        late = f"{whose}: the page {path} did not load in Chromium within {self._timeout_s:g} s"
        if answer is None:
            raise RunFailed(late, hint="fewer visitors beside it (--concurrency), or more time (--timeout)")
        if reason := answer.get("errorText"):
            await self.until(lambda: self._failure, REST_S)  # where it crashed, that is told of next
            self.check()
            raise RunFailed(f"{whose}: Chromium could not load the page {path}: {reason}", hint="does `run` serve it?")
        if not await self.until(lambda: self._loads, self._timeout_s):
            raise RunFailed(late, hint="fewer visitors beside it (--concurrency), or more time (--timeout)")
        document = next((each for each in self._asked.values() if each.kind == "Document"), None)
        if document and document.status >= 400:
            raise RunFailed(f"{whose}: the page {path} was answered {document.status}", hint="does `run` serve it?")
        await self.until(lambda: self.last("FCP"), TOLD_LIMIT_S)
        painted: float | None = -1.0
        while painted != (painted := self.last("LCP")):
            await anyio.sleep(REST_S)

    async def call_within(self, limit_s: float, method: str, **parameters: Any) -> Message | None:
        """A command and its answer, which a server's may have to precede; None where that takes longer."""
        answer = self._browser.post(method, self._session, **parameters)
        answer.add_done_callback(lambda _: self.changed.set())
        if not await self.until(answer.done, limit_s):
            return None
        message = answer.result()
        if "error" in message:
            raise RunFailed(f"Chromium refuses {method}: {message['error'].get('message', '')}")
        return message["result"]  # type: ignore[no-any-return]

    def last(self, name: str, since: int = 0) -> float | None:
        """What the observer told last under that name."""
        return next((each["value"] for each in reversed(self.told[since:]) if each["name"] == name), None)

    def _button(self, kind: str) -> str:
        return json.dumps(f"{self._ours}{BUTTON_IDS[kind]}")

    async def has_button(self, kind: str) -> bool:
        """Whether the page has one for that kind of click."""
        return bool(await self.evaluate(_PRESENT % self._button(kind)))

    async def click(self, kind: str, visit: PageVisit) -> None:
        """With the mouse, as a person does; then until what it came to was told."""
        since, loads, answer = len(self.told), self._loads, f"{self._ours}answer".upper()
        place = json.loads(await self.evaluate(_PLACE % self._button(kind)))
        for what in ("mousePressed", "mouseReleased"):
            at = {"type": what, "x": place[0], "y": place[1], "button": "left", "clickCount": 1}
            done = await self.call_within(self._timeout_s, "Input.dispatchMouseEvent", **at)
            if done is None:
                raise RunFailed(f"the click “{kind}” did not end within {self._timeout_s:g} s", hint="--timeout")
        if kind == "navigate":
            await self.until(lambda: self._loads > loads, self._timeout_s)
        else:
            await self.until(lambda: self.last(answer, since) is not None, self._timeout_s)
            visit.answer_ms = self.last(answer, since)
        await self.until(lambda: any(each.get("event") == "click" for each in self.told[since:]), SHORT_CLICK_S)
        visit.inp_ms = self.last("INP", since)

    def requests(self) -> list[Asked]:
        """All that were asked of the target, in order."""
        return sorted(self._asked.values(), key=lambda each: each.started_s)


async def visit_page(
    browser: Chromium,
    origin: str,
    path: str,
    click: str,
    *,
    own_page: bool,
    next_number: Callable[[], int],
    timeout_s: float,
    whose: str,
    on_click: Callable[[], None] = lambda: None,
) -> PageVisit:
    """Load `path` of `origin`, click the button of that kind (CLICKS), and return what the browser measured.

    `next_number` deals out the numbers of its requests; `on_click` is called where there is such a button, before it is
    clicked. RunFailed where the page does not load or the browser is lost.
    """
    tab, visit = Tab(browser, origin, next_number, timeout_s), PageVisit(click)
    with browser.listening(tab.hear, tab.lose):
        context = await tab.open_page()
        await tab.load(path, whose)
        visit.ttfb_ms, visit.fcp_ms, visit.lcp_ms = tab.last("TTFB"), tab.last("FCP"), tab.last("LCP")
        if not own_page:
            await tab.add_buttons()
        if await tab.has_button(click):
            on_click()
            await tab.click(click, visit)
        visit.requests = tab.requests()
        await browser.call("Target.disposeBrowserContext", browserContextId=context)
    return visit
