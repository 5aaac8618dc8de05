import time
from functools import partial

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"

    def ready(self):
        from django.db.backends.signals import connection_created

        connection_created.connect(far_away, dispatch_uid="far away")


def far_away(connection, **options):
    from django.conf import settings

    if settings.QUERY_MS and connection.vendor == "sqlite":  # PostgreSQL is another process already
        connection.connection.set_progress_handler(partial(time.sleep, settings.QUERY_MS / 1000), 30)
