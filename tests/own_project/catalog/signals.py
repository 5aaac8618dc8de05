import time

from django.dispatch import Signal, receiver

book_asked_for = Signal()


@receiver(book_asked_for)
def tell_the_stock(sender, **options):
    time.sleep(0.05)  # planted: signal-receiver
