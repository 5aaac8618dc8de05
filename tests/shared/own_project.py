"""A small Django project of a stranger's, written into a folder: what tests look at."""

from __future__ import annotations

import hashlib
from pathlib import Path

MANAGE_PY = """
import os
import sys

from dotenv_of_ours import read

read()
if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
DOTENV = """
import os


def read():
    with open(".env", encoding="utf-8") as file:
        for line in file:
            name, _, value = line.strip().partition("=")
            os.environ.setdefault(name, value)
"""
SETTINGS = """
import os

SECRET_KEY = os.environ["SHOP_SECRET"]
DEBUG = True
ALLOWED_HOSTS = ["shop.example"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "books"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "shop.middleware.timing",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3", "CONN_MAX_AGE": 60},
    "other": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "USER": "u", "PASSWORD": "planted-secret"},
}
"""
MIDDLEWARE = """
def timing(get_response):
    return lambda request: get_response(request)
"""
URLS = """
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from books import views

urlpatterns = [
    path("", views.index, name="index"),
    path("books/", include(("books.urls", "books"))),
    path("account/", login_required(views.index)),
    re_path(r"^old/(?P<year>[0-9]{4})/$", views.old),
    re_path(r"^plain/$", views.index),
    path("away/", RedirectView.as_view(url="/")),
]
"""
BOOK_URLS = """
from functools import partial

from django.urls import path

from books import views

urlpatterns = [
    path("list/", views.BookList.as_view(), name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("search/", views.search, name="search"),
    path("feed/", views.Feed.as_view(), name="feed"),
    path("export/", views.export, name="export"),
    path("first/", partial(views.detail, pk=1)),
]
"""
VIEWS = """
from functools import wraps

from django.http import HttpResponse, StreamingHttpResponse
from django.views import View
from django.views.generic import TemplateView


def index(request):
    return HttpResponse("index")


def decorated(view):
    @wraps(view)
    def inner(request, *arguments, **options):
        return view(request, *arguments, **options)

    return inner


@decorated
def detail(request, pk):
    return HttpResponse("detail")


def old(request, year):
    return HttpResponse("old")


async def search(request):
    return HttpResponse("search")


class BookList(TemplateView):
    template_name = "list.html"


class Feed(View):
    async def get(self, request):
        return HttpResponse("feed")


def export(request):
    return StreamingHttpResponse(iter([b"rows"]))
"""
WSGI = """
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
"""
FILES = {
    "manage.py": MANAGE_PY,
    "dotenv_of_ours.py": DOTENV,
    ".env": "SHOP_SECRET=planted-secret\n",
    "shop/__init__.py": "",
    "shop/settings.py": SETTINGS,
    "shop/urls.py": URLS,
    "shop/wsgi.py": WSGI,
    "shop/middleware.py": MIDDLEWARE,
    "books/__init__.py": "",
    "books/urls.py": BOOK_URLS,
    "books/views.py": VIEWS,
}


def write_project(folder: Path, **changed: str | None) -> Path:
    """The project with files of other content, named with `__` for `/` and `_py` for `.py`; None: without it."""
    files: dict[str, str | None] = {**FILES}
    files.update({name.replace("__", "/").replace("_py", ".py"): text for name, text in changed.items()})
    for name, text in files.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


def tree_of(folder: Path) -> dict[str, str]:
    """Every file and folder below it, with what is in it."""
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest() if each.is_file() else "folder"
        for each in sorted(folder.rglob("*"))
    }
