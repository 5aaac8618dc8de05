"""A scenario's own modules in a worker: what they may say of Django, and when what they ask for is done."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from asgi_vs_wsgi.server_targets.processes.server_process import clean_environment
from asgi_vs_wsgi.server_targets.site.refused_settings import REFUSED
from asgi_vs_wsgi.server_targets.worker_config import VARIABLE, ProbeConfig, SiteConfig, WorkerConfig

VIEWS = """
from django.http import HttpResponse

def page(request):
    return HttpResponse("page")
"""
BEGIN = "asgi_vs_wsgi.server_targets.site.scenario_package:begin_worker"
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


class Loaded(NamedTuple):
    """A worker's process that has loaded the application, or not."""

    printed: str
    errors: str
    said: dict[str, Any]
    """What it said to the lab, by the kind of line."""


@pytest.fixture
def load(tmp_path: Path):
    """Load the site with these files in the scenario's folder, then run `code`; `application` is what serves."""

    def loaded(files: dict[str, str], code: str = "", interface: str = "wsgi", **settings: Any) -> Loaded:
        folder = tmp_path / "my-page"
        folder.mkdir()
        for name, text in ({"views.py": VIEWS} | files).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        application = f"asgi_vs_wsgi.server_targets.site.{interface}:application"
        startup = BEGIN if "startup.py" in files else ""
        with socket.socket(socket.AF_UNIX) as lab:
            lab.bind(str(tmp_path / "lab"))
            lab.listen()
            probe = ProbeConfig(str(tmp_path / "lab"), 3, application, False, str(folder), 4096, False, startup=startup)
            site = SiteConfig("my-page", str(folder), "page", {"ms": 7}, 1, "secret", SQLITE, settings)
            WorkerConfig(probe, site).write(tmp_path / "worker.json")
            program = (
                f"from asgi_vs_wsgi.server_targets.probe.entry import load\napplication = load({interface!r})\n{code}"
            )
            done = subprocess.run(
                [sys.executable, "-P", "-c", program],
                env=clean_environment({VARIABLE: str(tmp_path / "worker.json")}),
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                process_group=0,
            )
            worker, _ = lab.accept()
            with worker, worker.makefile() as lines:
                said = {name: value for line in lines for name, value in json.loads(line).items()}
        return Loaded(done.stdout, done.stderr, said)

    return loaded


SHOW = "from django.conf import settings\nprint({})"


# ---- settings


SAID = """
from asgi_vs_wsgi.views import parameter
from .other import *
INSTALLED_APPS += ["scenario"]
MIDDLEWARE = ["scenario.middleware.mark"]
MIDDLEWARE += [*MIDDLEWARE]
SECRET_KEY = "known"
USE_I18N = not USE_I18N
WAIT = parameter("ms")
lower = 1
UPPER = lower
"""
TOLD = {
    "settings.INSTALLED_APPS": ["scenario"],
    "settings.MIDDLEWARE": ["scenario.middleware.mark"] * 2,
    "settings.SECRET_KEY": "known",
    "settings.USE_I18N": True,
    "settings.USE_TZ": False,
    "settings.FROM_ELSEWHERE": 3,
    "settings.WAIT": 7,
    "settings.UPPER": 1,
    "hasattr(settings, 'lower')": False,
    "settings.ROOT_URLCONF": "asgi_vs_wsgi.server_targets.site.urls",
    "settings.DEBUG": False,
}
PLAIN = {
    "settings.INSTALLED_APPS": [],
    "settings.MIDDLEWARE": [],
    "settings.SECRET_KEY": "secret",
    "settings.USE_TZ": True,
    "settings.ALLOWED_HOSTS": ["127.0.0.1", "localhost"],
}


@pytest.mark.parametrize(("said", "told"), [(SAID, TOLD), ("", PLAIN), (None, PLAIN)])
def test_what_settings_py_says_is_added_to_ours_or_stands_in_their_place(load, said, told):
    files = {
        "other.py": "USE_TZ = False\nFROM_ELSEWHERE = 3\n",
        "middleware.py": "def mark(get_response):\n    return get_response\n",
    }
    files |= {} if said is None else {"settings.py": said}
    done = load(files, f"import json\nfrom django.conf import settings\nprint(json.dumps([{', '.join(told)}]))")
    assert done.printed, done.errors
    assert dict(zip(told, json.loads(done.printed), strict=True)) == told
    assert "hello" in done.said


def test_what_a_target_says_of_django_comes_after_it(load):
    done = load(
        {"settings.py": "TIME_ZONE = 'Asia/Tokyo'\nUSE_TZ = False\n"},
        SHOW.format("settings.TIME_ZONE, settings.USE_TZ"),
        TIME_ZONE="Europe/Rome",
    )
    assert done.printed == "Europe/Rome False\n", done.errors


LOGGING = """
LOGGING = {
    "version": 1,
    "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
    "loggers": {"shop": {"handlers": ["out"], "level": "INFO"}},
}
"""


@pytest.mark.parametrize(
    ("said", "printed"), [(LOGGING, "sold\n"), (LOGGING + "LOGGING_CONFIG = None\n", ""), ("", "")]
)
def test_logging_is_set_up_where_the_scenario_says_how(load, said, printed):
    done = load({"settings.py": said}, "import logging\nlogging.getLogger('shop').info('sold')")
    assert done.printed == printed, done.errors


HOWS = ("globals()['{}'] = []", "vars().update({}=[])", "from .other import *")


@pytest.mark.parametrize(("name", "how"), zip(REFUSED, HOWS, strict=False))
def test_a_setting_that_is_ours_stops_the_worker_however_it_is_given(load, name, how):
    done = load({"settings.py": how.format(name) + "\n", "other.py": f"{name} = []\n"})
    assert done.said["failed"] == f"settings.py: {name}: {REFUSED[name]}"
    assert "hello" not in done.said


# ---- modules


APP = {
    "settings.py": """
INSTALLED_APPS = ["scenario"]
ROOT_URLCONF = "scenario.urls"
MIDDLEWARE = ["scenario.middleware.mark"]
""",
    "models.py": "from django.db import models\n\nclass Item(models.Model):\n    name = models.TextField()\n",
    "middleware.py": """
def mark(get_response):
    def marked(request):
        answer = get_response(request)
        answer["X-Mark"] = "set"
        return answer
    return marked
""",
    "urls.py": """
from django.urls import include, path
from . import views
urlpatterns = [
    path("", include("asgi_vs_wsgi.server_targets.site.urls")),
    path("items/<int:number>", views.item),
]
""",
    "views.py": """
from django.http import HttpResponse
from .models import Item

def page(request):
    return HttpResponse(Item._meta.label)

def item(request, number):
    return HttpResponse(f"item {number}")
""",
}
ASK = """
from wsgiref.util import setup_testing_defaults
def ask(path):
    environ = {"PATH_INFO": path, "HTTP_HOST": "127.0.0.1"}
    setup_testing_defaults(environ)
    def start(status, headers):
        print(status[:3], dict(headers).get("X-Mark"), end=" ")
    print(b"".join(application(environ, start)).decode()[:12])
"""


ANSWERS = {
    "/my-page/page": "200 set scenario.Ite",
    "/my-page/page/below/it": "200 set scenario.Ite",
    "/items/12": "200 set item 12",
}


def test_apps_urls_and_middleware_of_the_folder_serve(load):
    done = load(APP, ASK + "".join(f"ask({path!r})\n" for path in ANSWERS))
    assert done.printed.splitlines() == [*ANSWERS.values()], done.errors


def test_urls_of_its_own_stand_in_place_of_ours(load):
    urls = "from django.urls import path\nfrom . import views\nurlpatterns = [path('mine', views.page)]\n"
    done = load(
        {"settings.py": "ROOT_URLCONF = 'scenario.urls'\n", "urls.py": urls}, f"{ASK}ask('/mine')\nask('/my-page/page')"
    )
    assert [line.split()[0] for line in done.printed.splitlines() if line[:3].isdigit()] == ["200", "404"], done.errors


def test_the_views_are_one_module_by_both_of_its_names(load):
    code = """
import scenario, scenario.views as one, scenario_my_page as other
print(one is other is scenario.views, one.__name__)
"""
    assert load({}, code).printed == "True scenario.views\n"


def test_packages_of_the_folder_are_imported_too(load):
    files = {
        "parts/__init__.py": "",
        "parts/deep.py": "VALUE = 5\n",
        "views.py": f"from .parts.deep import VALUE\n{VIEWS}",
    }
    assert load(files, "import scenario.views\nprint(scenario.views.VALUE)").printed == "5\n"


# ---- what a worker does before it serves

STARTUP = """
import os
from django.apps import apps
from . import views
seen = []

def startup():
    seen.append((os.getpid(), apps.ready, hasattr(views, "page")))
"""


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_startup_is_called_once_when_all_is_imported(load, interface):
    code = "import os, scenario.startup\nprint(scenario.startup.seen == [(os.getpid(), True, True)])"
    done = load({"startup.py": STARTUP}, code, interface)
    assert done.printed == "True\n", done.errors
    assert [*done.said][:2] == ["loading", "hello"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"startup.py": "def startup():\n    raise KeyError('x')\n"}, "startup() of startup.py raised KeyError: 'x'"),
        (
            {"startup.py": "def startup():\n    1 / 0\n"},
            "startup() of startup.py raised ZeroDivisionError: division by zero",
        ),
        (
            {"startup.py": "async def begin():\n    pass\nstartup = begin\n"},
            "startup() of startup.py is a coroutine, and nobody awaits it",
        ),
        ({"startup.py": "import not_there\n"}, "ModuleNotFoundError: No module named 'not_there'"),
        (
            {"settings.py": "MIDDLEWARE = ['scenario.no_such.thing']\n"},
            "ModuleNotFoundError: No module named 'scenario.no_such'",
        ),
        ({"views.py": "raise OSError('no disk')\n"}, "OSError: no disk"),
    ],
)
def test_why_a_worker_never_serves_is_told_in_one_line(load, files, told):
    done = load(files)
    assert done.said["failed"].startswith(told)
    assert "hello" not in done.said
    assert "Traceback" in done.errors
