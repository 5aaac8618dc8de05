"""What the text of code shows of calls that hold an event loop, and what only looks like one, in small projects."""

from __future__ import annotations

import pytest
from small_code import DJANGOS, found, in_async

IMPORTS = """
from models import Author, Book, Customer, Tag
"""
ASKS = {
    "a method of a manager": ("Book.objects.get(pk=1)", "sync-orm Book.objects.get"),
    "of one of its own": ("Book.published.newest().first()", "sync-orm Book.published.newest().first"),
    "a query with a name": ("books = Book.objects.filter(id=1)\nbooks.count()", "sync-orm books.count"),
    "a loop": ("for book in Book.objects.all():\n    print(book)", "sync-orm going through Book.objects.all()"),
    "a comprehension": ("[b for b in Book.objects.all()]", "sync-orm going through Book.objects.all()"),
    "a list of it": ("list(Book.objects.all())", "sync-orm list(Book.objects.all())"),
    "its length": ("len(Book.objects.exclude(id=1))", "sync-orm len(Book.objects.exclude(id=1))"),
    "its truth": ("books = Book.objects.all()\nif books:\n    pass", "sync-orm the truth of books"),
    "its absence": ("books = Book.objects.all()\nif not books:\n    pass", "sync-orm the truth of books"),
    "one of it": ("Book.objects.all()[0]", "sync-orm Book.objects.all()[0]"),
    "one in it": ("1 in Book.objects.all()", "sync-orm looking for one in Book.objects.all()"),
    "a new row": ("book = Book(author=None)\nbook.save()", "sync-orm book.save"),
    "a row that was awaited": ("book = await Book.objects.aget()\nbook.delete()", "sync-orm book.delete"),
    "a row of an async loop": (
        "async for book in Book.objects.all():\n    book.save()",
        "sync-orm book.save",
    ),
    "one of two that were awaited": (
        "book, made = await Book.objects.aget_or_create()\nbook.save()",
        "sync-orm book.save",
    ),
    "a relation": (
        "book = await Book.objects.aget()\nbook.author.name",
        "sync-orm book.author, not loaded with its row",
    ),
    "a manager of a relation": ("tag = await Tag.objects.aget()\ntag.books.count()", "sync-orm tag.books.count"),
    "adding to one": ("book = await Book.objects.aget()\nbook.tags.add(1)", "sync-orm book.tags.add"),
    "a relation without a name": (
        "a = await Author.objects.aget()\nlist(a.book_set.all())",
        "sync-orm list(a.book_set.all())",
    ),
    "a property": ("book = await Book.objects.aget()\nbook.label", "sync-orm self.tags.count"),
    "a method of the class": ("Book.many()", "sync-orm cls.objects.count"),
    "the user model": ("Customer.objects.count()", "sync-orm Customer.objects.count"),
    "the user model by its function": ("get_user_model().objects.count()", "sync-orm get_user_model().objects.count"),
    "a library's model": ("Permission.objects.get(pk=1)", "sync-orm Permission.objects.get"),
    "a shortcut": ("get_object_or_404(Book, pk=1)", "sync-orm django.shortcuts.get_object_or_404"),
    "a transaction": ("with transaction.atomic():\n    pass", "sync-orm transaction.atomic"),
    "a cursor": ("with connection.cursor() as c:\n    pass", "sync-orm connection.cursor"),
    "logging in": ("login(request, None)", "sync-orm django.contrib.auth.login"),
    "a query in a union": (
        "len(Book.objects.all() | Book.objects.none())",
        "sync-orm len(Book.objects.all() | Book.objects.none())",
    ),
    "the session": ("request.session['a'] = 1", "sync-session request.session['a']"),
    "the user after the session": (
        "await request.session.aget('a')\nrequest.user.is_staff",
        "sync-session request.user.is_staff",
    ),
    "the user": ("request.user.is_staff", "sync-session request.user.is_staff"),
    "the cache": ("cache.set('a', 1)", "sync-cache cache.set"),
    "another cache": ("caches['other'].get('a')", "sync-cache caches['other'].get"),
    "a template's context with a name": (
        "books = Book.objects.all()\ncontext = {'books': books}\nrender(request, 'a.html', context)",
        "lazy-template render with books",
    ),
    "a template": (
        "render(request, 'a.html', {'books': Book.objects.all()})",
        "lazy-template render with Book.objects.all()",
    ),
}


@pytest.mark.parametrize("name", ASKS)
def test_a_query_that_is_asked_on_the_loop_is_found(name, tmp_path):
    body, told = ASKS[name]
    assert found(tmp_path, views=in_async(body, IMPORTS + DJANGOS)) == [told]


HARMLESS = {
    "what is awaited": (
        "await Book.objects.aget(pk=1)\nawait cache.aget('a')\nuser = await request.auser()\nuser.is_staff"
    ),
    "an async loop": "[b async for b in Book.objects.filter(id=1)]",
    "a query that nobody asks": "books = Book.objects.filter(id=1)[:5]\nbooks.order_by('id')",
    "a function that is only named": (
        "from asgiref.sync import sync_to_async\nawait sync_to_async(Book.objects.get)(pk=1)"
    ),
    "a list in a thread": "from asgiref.sync import sync_to_async\nawait sync_to_async(list)(Book.objects.all())",
    "a lambda": "from asgiref.sync import sync_to_async\nawait sync_to_async(lambda: Book.objects.count())()",
    "a relation that came along": (
        "book = await Book.objects.select_related('author').aget()\nbook.author.name\nbook.author_id"
    ),
    "rows that came along": ("async for b in Book.objects.prefetch_related('tags'):\n    [t for t in b.tags.all()]"),
    "a row that another has loaded": "def inner(book: Book):\n    return book.author.name\ninner(None)",
    "a name that was given again": "books = Book.objects.all()\nbooks = [b async for b in books]\nlist(books)",
    "values of another thing": "books = {}\nbooks.get('a')\nbooks.update(a=1)\nrequest.GET.get('a')",
    "a function inside that nobody calls": "def inner():\n    return Book.objects.count()",
    "a parameter with a library's name": (
        "def inner(requests, time):\n    requests.get('a')\n    time.sleep(1)\ninner(1, 2)"
    ),
    "a template of rows": "from django.shortcuts import render\nrender(request, 'a.html', {'books': [1]})",
    "what waits in another thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(1,)).start()",
    "a class of exceptions": "import requests\ntry:\n    pass\nexcept requests.ConnectionError:\n    pass",
    "a client of a service that awaits": (
        "from openai import AsyncOpenAI\nc = AsyncOpenAI()\nawait c.chat.completions.create()"
    ),
    "what a service sends": "import stripe\nstripe.Webhook.construct_event(1, 2, 3)\nstripe.error.CardError()",
    "an asynchronous path": "path = request.place\nawait path.read_text()",
    "a client that awaits": "import httpx\nasync with httpx.AsyncClient() as client:\n    await client.get('x')",
    "what is made and not called": "import requests\nrequests.Session()\nrequests.Request('GET', 'x')",
    "a session that was read": "await request.session.aget('a')\nrequest.session['b'] = 1",
    "a session that the user came from": "await request.auser()\nrequest.session.get('b')",
    "a branch that never runs": "import time\nif False:\n    time.sleep(1)",
    "what is for where no loop runs": (
        "import asyncio\ntry:\n    asyncio.get_running_loop()\nexcept RuntimeError:\n    asyncio.run(None)"
    ),
    "an asynchronous redis": "import redis.asyncio\nredis.asyncio.Redis().get('x')",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_looks_like_it_is_not_told(name, tmp_path):
    assert found(tmp_path, views=in_async(HARMLESS[name], IMPORTS + DJANGOS)) == []


WAITS = {
    "import time as clock\nclock.sleep(1)": "blocking-sleep clock.sleep",
    "from time import sleep as nap\nnap(1)": "blocking-sleep time.sleep",
    "import requests\nrequests.post('x')": "blocking-http requests.post",
    "import requests\ns = requests.Session()\ns.get('x')": "blocking-http s.get",
    "import requests\nwith requests.Session() as s:\n    s.get('x')": "blocking-http s.get",
    "import httpx\nwith httpx.Client() as c:\n    c.get('x')": "blocking-http c.get",
    "import urllib.request\nurllib.request.urlopen('x')": "blocking-http urllib.request.urlopen",
    "import boto3\nboto3.client('s3').put_object()": "blocking-http boto3.client('s3').put_object",
    "import psycopg\npsycopg.connect('x')": "blocking-database psycopg.connect",
    "import sqlite3\nsqlite3.connect('x')": "blocking-database sqlite3.connect",
    "import smtplib\nsmtplib.SMTP('x')": "blocking-mail smtplib.SMTP",
    "from django.core.mail import send_mail\nsend_mail('a', 'b', 'c', [])": "blocking-mail django.core.mail.send_mail",
    "import subprocess\nsubprocess.check_output(['x'])": "blocking-process subprocess.check_output",
    "import socket\nsocket.getaddrinfo('x', 1)": "blocking-network socket.getaddrinfo",
    "from pathlib import Path\nPath('x').read_text()": "blocking-file Path('x').read_text",
    "open('x')": "blocking-file open",
    "import redis\nredis.Redis().get('x')": "blocking-network redis.Redis().get",
    "import threading\nthreading.Event().wait()": "blocking-lock threading.Event().wait",
    "from django.core.management import call_command\ncall_command('x')": (
        "blocking-command django.core.management.call_command"
    ),
    "import stripe\nstripe.Charge.create()": "blocking-http stripe.Charge.create",
    "from openai import OpenAI\nc = OpenAI()\nc.chat.completions.create()": "blocking-http c.chat.completions.create",
    "import asyncio\nasyncio.run(f())": "asyncio-run asyncio.run",
    "from asgiref.sync import async_to_sync\nasync_to_sync(f)()": "async-to-sync async_to_sync(f)",
    "import asyncio, time\ndef nap():\n    time.sleep(1)\nasyncio.get_running_loop().call_soon(nap)": (
        "blocking-sleep time.sleep"
    ),
}


@pytest.mark.parametrize("body", WAITS)
def test_calls_of_libraries_are_known_by_what_was_imported(body, tmp_path):
    assert found(tmp_path, views=in_async(body)) == [WAITS[body]]


SECRETS = """
import redis
import psycopg
redis.Redis(host="h", password="planted-secret").get("x")
redis.from_url("redis://u:planted-secret@h/0").get("x")
psycopg.connect(conninfo, api_key="planted-secret").execute("x")
"""


def test_no_password_is_told(tmp_path):
    told = found(tmp_path, views=in_async(SECRETS))
    assert len(told) == 4  # psycopg's connect and execute
    assert "planted-secret" not in str(told)
    assert "blocking-network redis.Redis(host='h', password=...).get" in told


def test_own_code_is_no_ones_that_is_only_called_alike(tmp_path):
    """A module of the project that is named as a library is the project's."""
    views = (
        "import requests\nfrom requests import post\nasync def page(request):\n    requests.get('x')\n    post('x')\n"
    )
    assert found(tmp_path, requests="def get(name):\n    return name\n", views=views) == []
