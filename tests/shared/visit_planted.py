"""Run in the project's own interpreter: each of its pages is asked for once, and the lines that ran are told as JSON.

python visit_planted.py FOLDER PATH...
"""

import asyncio
import importlib
import json
import os
import sys
import threading

FOLDER, *PATHS = sys.argv[1:]
sys.path.insert(0, FOLDER)
os.chdir(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "store.settings"
ran = set()


def trace(frame, event, argument):
    name = frame.f_code.co_filename
    if not name.startswith(FOLDER):
        return None
    if event == "line":
        ran.add((os.path.relpath(name, FOLDER), frame.f_lineno, threading.current_thread().name == "MainThread"))
    return trace


import django  # noqa: E402

django.setup()
from django.core.management import call_command  # noqa: E402

call_command("prepare")
application = importlib.import_module("store.asgi").application


async def visit(path):
    asked, sent = asyncio.Event(), []

    async def receive():
        if asked.is_set():
            await asyncio.Event().wait()
        asked.set()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
    await application({**scope, "headers": headers, "http_version": "1.1", "scheme": "http"}, receive, send)
    return sent[0]["status"]


async def visit_all():
    return {path: await visit(path) for path in PATHS}


threading.settrace(trace)
sys.settrace(trace)
statuses = asyncio.run(visit_all())
sys.settrace(None)
print(json.dumps({"statuses": statuses, "ran": sorted(ran), "django": django.VERSION[:2]}))
