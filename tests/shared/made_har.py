"""A HAR file as a browser's DevTools write it, of the entries that a test names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BEGIN = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


def entry(path: str, at_s: float = 0.0, method: str = "GET", host: str = "http://shop.example", **more: Any) -> Any:
    begin = BEGIN + timedelta(seconds=at_s)
    headers = more.pop("headers", [("Host", "shop.example"), ("Accept", "text/html")])
    request: dict[str, Any] = {
        "method": method,
        "url": host + path,
        "headers": [{"name": name, "value": value} for name, value in headers],
    }
    return {
        "startedDateTime": begin.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": 12.5,
        "request": request,
        "response": {"status": more.pop("status", 200)},
        **more,
    }


def har(folder: Path, *entries: Any) -> Path:
    file = folder / "shop.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return file
