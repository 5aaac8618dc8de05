"""A stranger's project that is posted to: a form and an API, both behind Django's CSRF check, and a table of notes."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from own_project import tree_of
from postgres_server import program

SETTINGS = """
SECRET_KEY = "of no use to anybody"
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = []
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MANAGE_PY = """
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
URLS = """
import json
import os

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie

FORM = '<form method="post">{% csrf_token %}<input name="text"></form>'


def write(text, cookie):
    if told := os.environ.get("DJANGO_NOTES_LOG"):
        with open(told, "a", encoding="utf-8") as file:
            file.write(cookie + "\\n")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO notes (text, cookie) VALUES (%s, %s)", [text, cookie])
        cursor.execute("SELECT COUNT(DISTINCT cookie) FROM notes")
        return cursor.fetchone()[0]


def listed(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM notes ORDER BY id LIMIT 5")
        return HttpResponse("".join(row[0] for row in cursor.fetchall()))


def add(request):
    if request.method != "POST":
        return TemplateResponse(request, engines["django"].from_string(FORM))
    if "csrfmiddlewaretoken" in request.POST or request.POST["text"] != "a & b":
        return HttpResponseBadRequest("not what was typed")
    write(request.POST["text"], request.COOKIES["csrftoken"])
    return HttpResponseRedirect("/notes/")


@ensure_csrf_cookie
def app(request):
    return HttpResponse("<script>")


def note(request, key):
    if request.method == "PUT":
        write(json.loads(request.body)["text"], request.COOKIES["csrftoken"])
        return JsonResponse({})
    if request.method == "PATCH" and request.content_type == "multipart/form-data":
        write(request.body.decode().split("\\r\\n\\r\\n")[1], request.COOKIES["csrftoken"])
        return JsonResponse({}, status=202)
    if request.method in ("DELETE", "POST") and not request.body and "Content-Type" not in request.headers:
        write("without a body", request.COOKIES["csrftoken"])
        return HttpResponse(status=204)
    return HttpResponseBadRequest(request.method)


async def api(request):
    said = json.loads(request.body)
    visitors = await sync_to_async(write)(said["text"], request.COOKIES["csrftoken"])
    return JsonResponse({"visitors": visitors}, status=201)


urlpatterns = [path("notes/", listed), path("notes/add/", add), path("app/", app), path("api/notes/", api)]
urlpatterns += [path("api/notes/<int:key>/", note)]
"""
TABLE = "CREATE TABLE notes (id {key}, text TEXT, cookie TEXT)"
ROW = "INSERT INTO notes (text, cookie) VALUES ('first', '')"


def write_posting_project(folder: Path, postgres: str | None = None) -> Path:
    """With a SQLite of its own, or a database in the PostgreSQL at that URL."""
    folder.mkdir(parents=True)
    database: dict[str, object] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "notes.sqlite3"}
    if postgres is not None:
        at = urlsplit(postgres)
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "notes",
            "HOST": at.hostname or "",
            "PORT": str(at.port),
        }
        database["CONN_MAX_AGE"] = 60
        database |= {"USER": at.username or "", "PASSWORD": unquote(at.password or "")}
        _psql(postgres, "postgres", "CREATE DATABASE notes")
        _psql(postgres, "notes", f"{TABLE.format(key='bigserial PRIMARY KEY')}; {ROW}")
    else:
        with sqlite3.connect(folder / "notes.sqlite3") as made:
            made.execute(TABLE.format(key="INTEGER PRIMARY KEY AUTOINCREMENT"))
            made.execute(ROW)
        made.close()
    files = {"manage.py": MANAGE_PY, "urls.py": URLS}
    files["settings.py"] = f"{SETTINGS}DATABASES = {{'default': {json.dumps(database)}}}\n"
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def contents_of(folder: Path, postgres: str | None = None) -> tuple[object, ...]:
    """The project's tree, all that its database holds, and which databases there are."""
    if postgres is None:
        return (tree_of(folder),)
    dump = _of_server(postgres, "pg_dump", "--inserts", "notes")
    told = [line for line in dump.splitlines() if not line.startswith("\\")]  # a key of each dump's own
    return tree_of(folder), told, _psql(postgres, "postgres", "SELECT datname FROM pg_database ORDER BY 1")


def _psql(url: str, database: str, sql: str) -> str:
    return _of_server(url, "psql", "-v", "ON_ERROR_STOP=1", "-Atqc", sql, database)


def _of_server(url: str, name: str, *words: str) -> str:
    at, found = urlsplit(url), program(name)
    assert found is not None, f"{name} is not beside PostgreSQL"
    who = ["-h", at.hostname or "", "-p", str(at.port), "-U", at.username or ""]
    environment = {**os.environ, "PGPASSWORD": unquote(at.password or "")}
    done = subprocess.run([found, *who, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def har_of_notes(file: Path) -> Path:
    """What a browser did there: a list, a form that was sent, and what a script of a page has posted."""
    form = "csrfmiddlewaretoken=RECORDEDTOKEN&text=a+%26+b"
    told = '{"text": "of a script"}'
    part = '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nin parts\r\n--x--\r\n'
    entries = [
        _entry(0.0, "GET", "/notes/"),
        _entry(0.4, "GET", "/app/"),
        _entry(0.8, "GET", "/notes/add/"),
        _entry(1.2, "POST", "/notes/add/", ("application/x-www-form-urlencoded", form), "/notes/add/"),
        _entry(1.3, "GET", "/notes/"),
        _entry(1.4, "PUT", "/api/notes/1/", ("application/json", told), "/app/"),
        _entry(1.5, "PATCH", "/api/notes/1/", ("multipart/form-data; boundary=x", part), "/app/"),
        _entry(1.6, "DELETE", "/api/notes/1/", None, "/app/"),
        _entry(1.7, "POST", "/api/notes/1/", None, "/app/"),
        _entry(1.9, "POST", "/api/notes/", ("application/json", told), "/app/"),
    ]
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return file


def _entry(at_s: float, method: str, path: str, body: tuple[str, str] | None = None, referer: str = "") -> object:
    headers = [{"name": "Cookie", "value": "csrftoken=RECORDEDCOOKIE; theme=dark"}]
    headers += [{"name": "Referer", "value": f"http://localhost:8000{referer}"}] if referer else []
    request = {"method": method, "url": f"http://localhost:8000{path}", "headers": headers}
    headers += [{"name": "Content-Length", "value": "0"}] if method == "POST" and not body else []
    data = {"postData": {"mimeType": body[0], "text": body[1]}} if body else {}
    return {
        "startedDateTime": f"2026-11-27T20:00:{at_s:06.3f}Z",
        "request": {**request, **data},
        "response": {"status": 302 if method == "POST" else 200},
    }
