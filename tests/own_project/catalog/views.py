import time
from urllib.request import urlopen

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import View

from catalog.decorators import counted
from catalog.models import Author, Book
from catalog.prices import price_of
from catalog.signals import book_asked_for


def index(request):
    return HttpResponse("books")


async def hours(request):
    return render(request, "catalog/hours.html")


def authors(request):
    """One query for the books, and one more for each."""
    return JsonResponse({book.title: book.author.name for book in Book.objects.all()})


def supplier(request):
    """A page that calls outside."""
    with urlopen(settings.SUPPLIER, timeout=1) as answer:
        return HttpResponse(answer.read())


async def available(request):
    time.sleep(0.05)  # planted: async-view
    return JsonResponse({"available": True})


async def book(request, pk=1):
    found = Book.on_shelves.cheap().get(pk=pk) if pk > 1 else None  # planted: orm-in-async-view
    found = found or await Book.objects.aget(pk=pk)
    return JsonResponse({"title": found.title})


async def author(request):
    found = await Book.objects.aget(pk=1)
    return JsonResponse({"author": found.author.name})  # planted: lazy-relation


async def books(request):
    return render(request, "catalog/books.html", {"books": Book.objects.all()})  # planted: lazy-template


async def shelves(request):
    if (many := cache.get("authors")) is None:  # planted: cache
        many = await Author.objects.acount()
        await cache.aset("authors", many)
    return JsonResponse({"authors": many})


async def bestsellers(request):
    return JsonResponse({"books": [each.title for each in Book.objects.bestsellers()]})


async def reserve(request):
    found = await Book.objects.select_related("author").aget(pk=1)
    found.reserve()
    return JsonResponse({"sold": found.sold, "author": found.author.name})


async def price(request):
    return JsonResponse({"price": price_of("title")})


@counted
async def counted_page(request):
    return HttpResponse("counted")


class Ask(View):
    async def get(self, request):
        book_asked_for.send(sender=type(self))  # told: sync-signal
        return HttpResponse(self.words())

    def words(self):
        time.sleep(0.05)  # planted: class-view
        return "asked"
