"""Small projects of a few lines, written and searched for calls that hold an event loop."""

from __future__ import annotations

import textwrap

from asgi_vs_wsgi.scenarios.project.findings.call_paths import Ways
from asgi_vs_wsgi.scenarios.project.findings.function_body import FunctionBodies
from asgi_vs_wsgi.scenarios.project.findings.source_reading import Deadline, read_sources

MODELS = """
    from django.contrib.auth.models import AbstractUser
    from django.db import models

    class Published(models.Manager):
        def newest(self):
            return self.order_by("-id")

    class Author(models.Model):
        name = models.TextField()

    class Book(models.Model):
        author = models.ForeignKey(Author, models.CASCADE)
        tags = models.ManyToManyField("Tag", related_name="books")
        published = Published()
        objects = models.Manager()

        @property
        def label(self):
            return self.tags.count()

        @classmethod
        def many(cls):
            return cls.objects.count()

    class Tag(models.Model):
        pass

    class Customer(AbstractUser):
        pass
"""


def searched(tmp_path, **files):
    """`shop__views` is the module shop.views, `shop__` the package shop."""
    paths = []
    for name, text in {"models": MODELS, **files}.items():
        path = tmp_path / f"{name.replace('__', '/')}{'__init__' if name.endswith('__') else ''}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        paths.append((path, name.removesuffix("__").replace("__", ".")))
    return read_sources(
        [(str(path), module) for path, module in paths],
        Deadline(60),
        {"django.VERSION": (5, 2)},
    )


def found(tmp_path, called=(), **files):
    """Each as `rule what-is-called`."""
    index = searched(tmp_path, **files)
    assert not index.unread
    return [f"{each.wait.rule} {each.wait.words}" for each in Ways(index, FunctionBodies(index), called).on_the_loop()]


def in_async(body, imports=""):
    lines = textwrap.dedent(body).strip().splitlines()
    return "\n".join([textwrap.dedent(imports), "async def page(request):", *(f"    {line}" for line in lines)])


DJANGOS = """
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import Permission
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.shortcuts import get_object_or_404, render
"""
