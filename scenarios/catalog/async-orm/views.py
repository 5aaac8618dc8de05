"""Three waits of one page: three queries by the async ORM, or three calls of another service."""

import asyncio
import time
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection, models
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter, upstream


class _Note(models.Model):
    """A table with one row, to have something to ask for."""

    class Meta:
        app_label = "notes"
        db_table = "note"


async def one_query(request: HttpRequest) -> HttpResponse:
    await _slow_notes().aget()
    return HttpResponse("1 query\n")


async def three_queries(request: HttpRequest) -> HttpResponse:
    await asyncio.gather(_slow_notes().aget(), _slow_notes().aget(), _slow_notes().aget())
    return HttpResponse("3 queries\n")


async def three_calls(request: HttpRequest) -> HttpResponse:
    ms = parameter("query_ms")
    await asyncio.gather(upstream.aget(ms), upstream.aget(ms), upstream.aget(ms))
    return HttpResponse("3 calls\n")


async def three_threads(request: HttpRequest) -> HttpResponse:
    query = sync_to_async(_query_and_hang_up, thread_sensitive=False)
    await asyncio.gather(query(), query(), query())
    return HttpResponse("3 queries in 3 threads\n")


def _query_and_hang_up() -> None:
    """The thread has a database connection of its own, and Django does not close it for us."""
    try:
        _slow_notes().get()
    finally:
        connection.close()


def _slow_notes() -> models.QuerySet:
    wait = models.Func(models.Value(parameter("query_ms")), function="wait", output_field=models.FloatField())
    return _Note.objects.annotate(waited=wait)


@receiver(connection_created)
def _prepare(connection: Any, **_: Any) -> None:
    """`wait(ms)` makes a query take as long as it does on a busy database; SQLite has to be taught it."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("wait", 1, lambda ms: time.sleep(ms / 1000))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE note (id INTEGER PRIMARY KEY)")
        cursor.execute("INSERT INTO note VALUES (1)")
