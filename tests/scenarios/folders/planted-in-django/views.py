"""A page for each place of Django's at which it can lose its time; `cause: NAME` marks the line that is to be named.

What a name means for which server (running or blocked, and who is held by it) is in `tests/shared/planted.py`.
"""

import logging
import os
import subprocess
import tempfile
import time
from itertools import repeat

from asgiref.sync import iscoroutinefunction
from django import forms
from django.core.cache.backends.base import BaseCache
from django.core.files.storage import FileSystemStorage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.dispatch import Signal, receiver
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import Engine, RequestContext
from django.template.library import Library
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import cached_property

from asgi_vs_wsgi.views import parameter

MS = parameter("ms")
SECONDS = MS / 1000


def _clock_until():
    """On the CPU clock of the thread."""
    return time.thread_time_ns() + int(MS * 1e6)


def plain(request):
    return HttpResponse("quick")


def view_waits(request):
    time.sleep(SECONDS)  # cause: view_waits
    return HttpResponse("waited")


def view_computes(request):
    until_ns = _clock_until()
    any(time.thread_time_ns() > until_ns for _ in repeat(None))  # cause: view_computes
    return HttpResponse("computed")


def _waiting_first(view):
    def wrapped(request):
        time.sleep(SECONDS)  # cause: decorator
        return view(request)

    return wrapped


decorator = _waiting_first(plain)
decorator.__module__ = __name__


class _Middleware(MiddlewareMixin):
    def process_request(self, request):
        if request.path.endswith("/middleware_request"):
            time.sleep(SECONDS)  # cause: middleware_request


@sync_and_async_middleware
def _async_or_sync(get_response):
    async def waiting(request):
        if request.path.endswith("/async_middleware"):
            time.sleep(SECONDS)  # cause: async_middleware
        return await get_response(request)

    return waiting if iscoroutinefunction(get_response) else lambda request: get_response(request)


middleware_request = async_middleware = plain

register = Library()


def _context(request):
    if request.path.endswith("/context_processor"):
        time.sleep(SECONDS)  # cause: context_processor
    return {}


@register.simple_tag
def waiting_tag():
    time.sleep(SECONDS)  # cause: template_tag
    return ""


def _page(request, template, **values):
    engine = Engine(builtins=[__name__], context_processors=[f"{__name__}._context"])
    return engine.from_string(template), RequestContext(request, values)


def context_processor(request):
    template, context = _page(request, "{{ request }}")
    with context.bind_template(template):
        return HttpResponse("bound")


def template_tag(request):
    template, context = _page(request, "{% waiting_tag %}")
    return HttpResponse(template.render(context))


COUNTING = (
    f"WITH RECURSIVE counted(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM counted WHERE id < {int(MS * 5000)})"
    " SELECT max(id) AS id FROM counted"
)


class _Rows(models.Manager):
    def waited_for(self):
        time.sleep(SECONDS)  # cause: model_manager
        return self.none()


class _Row(models.Model):
    objects = _Rows()

    class Meta:
        app_label = "planted"
        managed = False

    @cached_property
    def computed(self):
        until_ns = _clock_until()
        return any(time.thread_time_ns() > until_ns for _ in repeat(None))  # cause: model_property


def lazy_queryset(request):
    template, context = _page(request, "{% for row in rows %}{{ row.pk }}{% endfor %}", rows=_Row.objects.raw(COUNTING))
    return HttpResponse(template.render(context))  # cause: lazy_queryset


def model_manager(request):
    return HttpResponse(f"{list(_Row.objects.waited_for())}")


def model_property(request):
    return HttpResponse(f"{_Row(pk=1).computed}")


_asked = Signal()


@receiver(_asked)
def _answers(sender, **_):
    time.sleep(SECONDS)  # cause: signal_receiver


def signal_receiver(request):
    _asked.send(sender=None)
    return HttpResponse("received")


class _Form(forms.Form):
    name = forms.CharField()

    def clean(self):
        time.sleep(SECONDS)  # cause: form_clean
        return super().clean()


def form_clean(request):
    return HttpResponse(f"{_Form({'name': 'x'}).is_valid()}")


class _Encoder(DjangoJSONEncoder):
    def default(self, value):
        until_ns = _clock_until()
        return any(time.thread_time_ns() > until_ns for _ in repeat(None))  # cause: serializer


def serializer(request):
    return JsonResponse({"value": object()}, encoder=_Encoder)


class _Handler(logging.Handler):
    def emit(self, record):
        time.sleep(SECONDS)  # cause: logging_handler


_log = logging.getLogger("planted")
_log.addHandler(_Handler())
_log.propagate = False


def logging_handler(request):
    _log.error("told")
    return HttpResponse("logged")


class _Cache(BaseCache):
    def get(self, key, default=None, version=None):
        time.sleep(SECONDS)  # cause: cache_backend
        return default


def cache_backend(request):
    return HttpResponse(f"{_Cache({}).get_or_set('key', 1)}")


def storage_read(request):
    """A file that is there only when another program has written it, as on a slow disk."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(f"{folder}/slow")
        with subprocess.Popen(["sh", "-c", f"sleep {SECONDS}; echo done > {folder}/slow"]):
            file = FileSystemStorage(location=folder).open("slow")  # cause: storage_read
            return HttpResponse(file.read())


def _waiting_parts():
    yield "one"
    time.sleep(SECONDS)  # cause: stream_body
    yield "two"


def stream_body(request):
    return StreamingHttpResponse(_waiting_parts())


def _parts_and_finally():
    try:
        yield "all"
    finally:
        time.sleep(SECONDS)  # cause: stream_finally


def stream_finally(request):
    return StreamingHttpResponse(_parts_and_finally())


def _tidies():
    time.sleep(SECONDS)  # cause: closing


def closing(request):
    response = HttpResponse("answered")
    response._resource_closers.append(_tidies)
    return response
