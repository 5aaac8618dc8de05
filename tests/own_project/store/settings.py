import json
import os
from pathlib import Path

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # or Django would refuse what is planted
BASE = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("STORE_FOLDER", BASE))
SECRET_KEY = "of no use to anybody"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "store.urls"
WSGI_APPLICATION = "store.wsgi.application"
ASGI_APPLICATION = "store.asgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "accounts",
    "catalog",
    "live",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "store.middleware.Branch",
    "store.middleware.timing",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["catalog.context_processors.shelves"]},
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "store.sqlite3"}}
if "STORE_POSTGRES" in os.environ:
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", **json.loads(os.environ["STORE_POSTGRES"])}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cached"}}
PRICE_LIST = FOLDER / "prices.txt"
PRICE_LIST_MB = int(os.environ.get("STORE_PRICE_LIST_MB", "32"))
SUPPLIER = os.environ.get("STORE_SUPPLIER", "http://supplier.invalid/")
QUERY_MS = float(os.environ.get("STORE_QUERY_MS", "5"))
