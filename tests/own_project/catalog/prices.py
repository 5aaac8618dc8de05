from django.conf import settings


def price_of(title):
    return len(_lines()) + len(title)


def _lines():
    return settings.PRICE_LIST.read_text(encoding="utf-8").splitlines()  # planted: helper
