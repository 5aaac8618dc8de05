"""A stranger's project whose pages do what pages do beside answering: what tests of a trial look at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from own_project import SETTINGS, write_project

URLS = """
from django.contrib.auth.decorators import login_required
from django.urls import path, register_converter

from books import views

urlpatterns = [
    path("", views.index, name="index"),
    path("account/", login_required(views.index)),
    path("books/<int:pk>/", views.book, name="book"),
    path("site/<path:page>", views.anything),
    path("delete-all/", views.deletes_all),
    *(path(f"{name}/", getattr(views, name)) for name in views.NAMES),
]
"""
VIEWS = """
import itertools, os, socket, sqlite3, subprocess, sys, tempfile, time, urllib.request
from contextlib import closing

from django.core.mail import send_mail
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse

NAMES = (
    "counts writes reads_then_writes saves removes saves_elsewhere looks_up connects sends_datagram talks_at_home "
    "forks scratches opens_sqlite leaks starts mails "
    "fills guarded slow raises fails_inside missing away endless silent ends kills exits session who awaits large"
).split()
LINKS = "".join(f'<a href="/books/{number}/">book</a>' for number in range(1, 7))
OTHERS = (
    '<a href="/delete-all/">x</a><a href="https://other.example/books/9/">y</a><a href="/static/a.css">z</a>'
    '<a href="/site/news/one#part">n</a><a href="/site/about/">a</a><a href="mailto:a@b.example">m</a>'
    '<a href="/nowhere/">q</a><a href="//shop.example/site/shop/">s</a><a href="http://[">broken</a>'
)


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def index(request):
    return HttpResponse(f"<p>{request.headers.get('X-Kind')}{LINKS}{OTHERS}")


def book(request, pk):
    return HttpResponse(f'<a href="/books/{pk + 100}/">next</a>')


def anything(request, page):
    return HttpResponse(f'<a href="deeper/">{page}</a>')


def deletes_all(request):
    sql("DELETE FROM visits")
    return HttpResponse("gone")


def counts(request):
    for _ in range(3):
        sql("SELECT count(*) FROM visits")
    return HttpResponse("3")


def writes(request):
    sql("INSERT INTO visits VALUES (2)")
    return HttpResponse('<a href="/site/written/">what was made</a>')


first = []


def reads_then_writes(request):
    if not first:
        sql('UPDATE "visits" SET x = 3')
    first.append(1)
    return HttpResponse("the first time alone")


def saves(request):
    with open("media.txt", "w") as file:
        file.write("saved")
    return HttpResponse("saved")


def removes(request):
    try:
        os.remove("manage.py")
    except OSError as error:
        return HttpResponse(error.strerror)
    return HttpResponse("removed")


def saves_elsewhere(request):
    with open(os.environ["ELSEWHERE"], "w") as file:
        file.write("saved")
    return HttpResponse("saved")


def looks_up(request):
    with urllib.request.urlopen("http://api.example.com/x") as answer:
        return HttpResponse(answer.read())


def connects(request):
    with socket.socket() as stream:
        stream.settimeout(1)
        try:
            stream.connect(("192.0.2.7", 25))
        except OSError as error:
            return HttpResponse(error.strerror)
    return HttpResponse("connected")


def sends_datagram(request):
    with socket.socket(type=socket.SOCK_DGRAM) as stream:
        try:
            stream.sendto(b"x", ("192.0.2.8", 8125))
        except OSError as error:
            return HttpResponse(error.strerror)
    return HttpResponse("sent")


def talks_at_home(request):
    with socket.socket() as stream:
        stream.connect_ex(("localhost", 9))
    return HttpResponse(socket.gethostbyname("localhost"))


def starts(request):
    subprocess.run([sys.executable, "-c", ""])
    return HttpResponse("started")


def forks(request):
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return HttpResponse("forked")


def scratches(request):
    with tempfile.TemporaryFile() as file:
        file.write(b"scratch")
    return HttpResponse("scratched")


def opens_sqlite(request):
    with closing(sqlite3.connect("file:shop.sqlite3?mode=ro", uri=True)) as there:
        return HttpResponse(there.execute("SELECT count(*) FROM visits").fetchone())


def leaks(request):
    raise ConnectionError("no answer from\x1b[2J postgres://u:planted-secret@db/x")


def mails(request):
    return HttpResponse(send_mail("subject", "words", "a@b.example", ["c@d.example"]))


def raises(request):
    return inner({})


def inner(things):
    return things["planted-key"]


def fails_inside(request):
    def body():
        yield b"part"
        raise ValueError("in the middle")

    return StreamingHttpResponse(body())


def missing(request):
    return HttpResponse("no", status=404)


def away(request):
    return HttpResponseRedirect("/counts/")


def endless(request):
    return StreamingHttpResponse(b"x" * 100 for _ in itertools.count() if not time.sleep(0.01))


def slow(request):
    time.sleep(0.7)
    return StreamingHttpResponse([b"late, ", b"and whole"])


def silent(request):
    time.sleep(600)


def ends(request):
    os._exit(3)


def kills(request):
    os.kill(os.getpid(), 9)


def exits(request):
    raise SystemExit("enough")


def session(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse("seen")


def who(request):
    return HttpResponse(f"{request.user.get_username()} {request.get_host()} {request.headers.get('X-Kind')}")


def fills(request):
    return filled_elsewhere(request)


def filled_elsewhere(request):
    return TemplateResponse(request, engines["django"].from_string("filled"))


def guarded(request):
    return HttpResponse("never")


async def awaits(request):
    return HttpResponse("awaited")


def large(request):
    return StreamingHttpResponse(b"x" * 1_000_000 for _ in range(12))
"""
MORE_SETTINGS = """
STATIC_URL = "/static/"
MIDDLEWARE = [*MIDDLEWARE[:2], "django.contrib.auth.middleware.AuthenticationMiddleware", "shop.middleware.Guard"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
DATABASES["default"]["CONN_MAX_AGE"] = 0
"""
GUARD = """
from django.http import HttpResponse
from django.utils.deprecation import MiddlewareMixin


class Guard(MiddlewareMixin):
    def process_view(self, request, view, arguments, options):
        return HttpResponse("who are you?") if request.path == "/guarded/" else None
"""
MAKES = """
from django.contrib.auth.models import User
from django.db import connection
User.objects.create_user("ada", password="planted-secret")
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE visits (x int)")
    cursor.execute("INSERT INTO visits VALUES (1)")
"""


def write_tried_project(folder: Path) -> Path:
    """With its database, a user `ada` and a row in the table `visits`."""
    write_project(
        folder,
        shop__settings_py=SETTINGS + MORE_SETTINGS,
        shop__urls_py=URLS,
        shop__middleware_py=GUARD,
        books__views_py=VIEWS,
        books__urls_py="",
    )
    begin = "import django, os\nos.environ.update(SHOP_SECRET='x', DJANGO_SETTINGS_MODULE='shop.settings')\n"
    begin += "django.setup()\nfrom django.core.management import call_command\ncall_command('migrate', verbosity=0)\n"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", begin + MAKES], cwd=folder, env=environment, check=True)
    return folder
