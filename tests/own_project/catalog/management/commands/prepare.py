import asyncio
import time

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from catalog.models import Author, Book, Review, Shelf


class Command(BaseCommand):
    def handle(self, *arguments, **options):
        call_command("migrate", "auth", verbosity=0)  # the user's groups: PostgreSQL wants them to be there before it
        call_command("migrate", run_syncdb=True, verbosity=0)
        call_command("createcachetable", verbosity=0)
        settings.PRICE_LIST.write_text("a price\n" * (settings.PRICE_LIST_MB << 17), encoding="utf-8")
        if not Book.objects.exists():
            author = Author.objects.create(name="Somebody")
            rows = [Book.objects.create(title=f"Book {n}", author=author, sold=20) for n in range(5)]
            Review.objects.create(book=rows[0], text="Read it")
            Shelf.objects.create(name="Front").books.set(rows)
        asyncio.run(self.rest())

    async def rest(self):
        """A loop of its own, which serves nobody."""
        time.sleep(0)
