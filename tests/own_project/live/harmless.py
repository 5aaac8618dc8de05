"""What looks as if it waited on the event loop, and does not."""

import asyncio
import time
from functools import partial

from accounts.models import User
from asgiref.sync import sync_to_async
from catalog.models import Author, Book, Shelf
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.views import View


class RequestError(Exception):
    """Named as that of a library is."""


def sleep_a_while(length_s):
    time.sleep(length_s)
    return Book.objects.count()


@sync_to_async
def count_books():
    return Book.objects.count()


def shared_task(function):
    """As a queue of tasks has it."""
    function.delay = lambda *arguments: None
    return function


@shared_task
def send_letters():
    time.sleep(1)


class Requests:
    """Named as a library is."""

    def get(self, name):
        return name


async def page(request):
    requests = Requests()
    requests.get("name")
    send_letters.delay()
    await asyncio.to_thread(time.sleep, 0.001)
    await asyncio.to_thread(sleep_a_while, 0.001)
    await sync_to_async(sleep_a_while)(0.001)
    await asyncio.get_running_loop().run_in_executor(None, partial(sleep_a_while, 0.001))
    await cache.aset("key", "value")
    later = lambda: time.sleep(1)  # noqa: E731
    many = await count_books()
    try:
        known = await cache.aget("key")
    except RequestError:
        known = None
    time.sleep(0)  # noqa: ASYNC251 - it is known here
    return JsonResponse({"many": many, "known": known, "later": bool(later)})


async def rows(request):
    cheap = Book.on_shelves.cheap().select_related("author").prefetch_related("reviews")
    if request.GET.get("none"):
        cheap = cheap.none()
    titles = [f"{each.title} {each.author.name} {each.author_id}" async for each in cheap]
    async for each in cheap:
        titles += [review.text for review in each.reviews.all()]
    listed = await sync_to_async(list)(Author.objects.all())
    names = [each.name for each in listed]
    exists = await Shelf.objects.filter(name="Front").aexists()
    first = await Shelf.objects.afirst()
    if first is not None:
        names += [each.title async for each in first.books.all()]
    made, _ = await Author.objects.aget_or_create(name="Somebody")
    await made.asave()
    user = await User.objects.filter(username="nobody").afirst()
    return JsonResponse({"titles": titles, "names": names, "exists": exists, "user": user and user.pk})


class Form(View):
    """Its handlers are sync, so Django runs them in a thread."""

    def dispatch(self, request, *arguments, **options):
        time.sleep(0.001)
        return super().dispatch(request, *arguments, **options)

    def get(self, request):
        return JsonResponse({"books": [each.title for each in Book.objects.all()]})


async def numbers():
    yield "1"
    await asyncio.sleep(0)


def stream(request):
    return StreamingHttpResponse(numbers())


def slow_in_a_thread(request):
    time.sleep(0.001)
    return HttpResponse(str(sleep_a_while(0.001)))
