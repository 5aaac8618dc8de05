"""Which files are a project's own, and who Django calls there: told by its own interpreter."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import anyio
import pytest
from own_project import SETTINGS, write_project

from asgi_vs_wsgi.scenarios.project.location import find_project
from asgi_vs_wsgi.scenarios.project.look_runner import look_at

SIGNALS = """
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

paid = Signal()


@receiver([paid, post_save])
def both(sender, **options): ...


@receiver(user_logged_in)
async def entered(sender, **options): ...


class Receives:
    def method(self, sender, **options): ...


kept = Receives()
paid.connect(kept.method)


class LazyOne:
    @property
    def __class__(self):
        raise RuntimeError("nobody may ask")


lazy = LazyOne()
"""
PROCESSORS = """
def shelves(request): ...
"""
TEMPLATES = """
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {"context_processors": ["books.processors.shelves", "books.not_there.at_all"]},
    },
    {"BACKEND": "django.template.backends.dummy.TemplateStrings", "OPTIONS": None},
]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A project that imports from a folder beside it, has an environment in it, and all that is no code of a site."""
    above = tmp_path_factory.mktemp("shop")
    (above / "beside").mkdir()
    (above / "beside" / "helping.py").write_text("import sys\n")
    imports = f"import sys\nsys.path.append({str(above / 'beside')!r})\nimport helping, tests.used\n"
    folder = write_project(
        above / "project",
        shop__settings_py=f"{imports}{SETTINGS}{TEMPLATES}",
        books__signals_py=SIGNALS,
        books__processors_py=PROCESSORS,
        books__models_py="from books import signals\n",
        books__unused_py="",
        books__migrations__one_py="",
        tests__used_py="",
        tests__unused_py="",
        books__test_views_py="",
        node_modules__a_py="",
        _hidden__a_py="",
    )
    (folder / "_hidden").rename(folder / ".hidden")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "of_it"], check=True)
    (folder / "of_it" / "left.py").write_text("")
    pathlib.Path(folder / "books" / "round").symlink_to(folder)
    return above, anyio.run(look_at, find_project(str(folder), python=sys.executable, environment={}), print)


def test_own_files_are_those_of_the_folder_and_those_imported_from_no_library(shop):
    above, look = shop
    own = {each.module: each.file for each in look.sources.files}
    assert {*own} == {
        *("manage", "dotenv_of_ours", "helping", "tests.used", "shop", "shop.settings", "shop.urls", "shop.wsgi"),
        *("shop.middleware", "books", "books.urls", "books.views", "books.signals", "books.processors", "books.models"),
        "books.unused",
    }
    assert own["helping"] == str(above / "beside" / "helping.py")
    assert look.sources.left == 0
    assert not look.sources.cut_short


def test_who_django_calls_is_told_with_its_place_and_its_signals(shop):
    above, look = shop
    called = {each.name: each for each in look.sources.called if each.file.startswith(f"{above}/")}
    assert {name: each.role for name, each in called.items()} == {
        "shop.middleware.timing": "middleware",
        "books.processors.shelves": "context processor",
        "books.signals.both": "receiver",
        "books.signals.entered": "receiver",
        "books.signals.Receives.method": "receiver",
    }
    both = [each.signals for each in look.sources.called if each.name == "books.signals.both"]
    assert ["books.signals.paid"] in both
    assert any("django.db.models.signals.post_save" in each for each in both)
    assert called["books.signals.entered"].line == SIGNALS.split("\n").index("@receiver(user_logged_in)") + 1
