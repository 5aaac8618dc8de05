"""A page that asks the database once, by a plain synchronous query."""

import time
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from asgi_vs_wsgi.views import parameter


def page(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait(%s)", [parameter("query_ms")])
        cursor.fetchone()
    return HttpResponse("1 query\n")


@receiver(connection_created)
def _prepare(connection: Any, **_: Any) -> None:
    """`wait(ms)` makes a query take as long as it does on a busy database; SQLite has to be taught it."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("wait", 1, lambda ms: time.sleep(ms / 1000))
