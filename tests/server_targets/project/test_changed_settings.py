"""Settings of a project are changed in a process of ours alone, and those who report requests keep still."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from own_project import SETTINGS, tree_of, write_project

from asgi_vs_wsgi.server_targets.project.entry import MAIL_BACKEND, change_settings

ENTERS = """
import json, os, sys, warnings
warnings.simplefilter("error")
from asgi_vs_wsgi.server_targets.project.entry import enter_changed
request, changes = map(json.loads, sys.argv[1:])
stages = []
module = enter_changed(request, stages.append, changes)
from django.conf import settings
from django.core import mail
from django.db import connections
default, other = connections["default"].settings_dict, connections["other"].settings_dict
mail.send_mail("subject", "words", "a@b.example", ["c@d.example"])
print(json.dumps({
    "module": module, "stages": stages, "debug": settings.DEBUG, "sent": len(mail.outbox),
    "seen": settings.SEEN, "later": os.environ["SENTRY_DSN"],
    "default": [default["NAME"], default["CONN_MAX_AGE"], default["OPTIONS"]], "other": other["NAME"],
}))
"""
TELLS = """
import os
SEEN = os.environ.get("SENTRY_DSN")
DATABASES["default"]["OPTIONS"] = {"timeout": 7}
"""
SETS_A_VARIABLE = "import os\nos.environ['SENTRY_DSN'] = 'https://key@reports.example/1'\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("shop"), shop__settings_py=SETTINGS + TELLS)
    manage = (folder / "manage.py").read_text()
    (folder / "manage.py").write_text(SETS_A_VARIABLE + manage)
    before = tree_of(folder)
    request = {"folder": str(folder), "manage_py": str(folder / "manage.py"), "settings": ""}
    changes = {
        "databases": {"default": {"NAME": "/run/copy", "OPTIONS": {"transaction_mode": "IMMEDIATE"}}},
        "settings": {"DEBUG": False},
        "mail_to_memory": True,
    }
    done = subprocess.run(
        [sys.executable, "-c", ENTERS, json.dumps(request), json.dumps(changes)],
        env={**os.environ, "SENTRY_DSN": "https://key@reports.example/2", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    assert tree_of(folder) == before
    return json.loads(done.stdout)


def test_what_is_named_is_changed_and_the_rest_stays(told):
    assert told["default"] == ["/run/copy", 60, {"timeout": 7, "transaction_mode": "IMMEDIATE"}]
    assert told["other"] == ":memory:"
    assert told["module"] == "shop.settings"
    assert told["debug"] is False


def test_mail_goes_to_memory(told):
    assert told["sent"] == 1


def test_who_reports_requests_keeps_still_even_where_manage_py_names_him(told):
    assert (told["seen"], told["later"]) == ("", "")


def test_every_mailer_of_django_6_1_sends_to_memory_and_the_old_setting_is_not_touched(monkeypatch):
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    mailers = {"default": {"BACKEND": smtp, "OPTIONS": {"host": "mail.example"}}, "bulk": {"BACKEND": smtp}}
    settings = SimpleNamespace(DATABASES={}, MAILERS=mailers)
    monkeypatch.setattr("django.conf.settings", settings)
    change_settings({"mail_to_memory": True})
    assert settings.MAILERS == {"default": {"BACKEND": MAIL_BACKEND}, "bulk": {"BACKEND": MAIL_BACKEND}}
    assert not hasattr(settings, "EMAIL_BACKEND")
