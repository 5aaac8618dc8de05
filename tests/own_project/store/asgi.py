import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "store.settings")
django = get_asgi_application()

from live.consumers import StockConsumer  # noqa: E402 - the apps first

stock = StockConsumer()


async def application(scope, receive, send):
    if scope["type"] == "http" and scope["path"] == "/stock/":
        await stock(scope, receive, send)
    else:
        await django(scope, receive, send)
