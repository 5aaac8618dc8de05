"""An API, as a framework would have it: routes, a parser, serializers."""

from django.http import JsonResponse
from django.views import View

from catalog.models import Book
from catalog.serializers import BookSerializer


class ApiView(View):
    def respond(self, data, status=200):
        return JsonResponse({"data": data}, status=status)


class BookApi(ApiView):
    async def get(self, request, pk=1):
        book = await Book.objects.aget(pk=pk)
        return self.respond(BookSerializer(book).data)


class ListApi(ApiView):
    def get(self, request):
        return self.respond([BookSerializer(book).data for book in Book.objects.all()])
