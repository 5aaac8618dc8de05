"""The scenario's folder as the package `scenario`: views, settings, models, middleware and whatever else lies there.

`views` goes by a second name too, `scenario_my_page` for the folder `my-page`, by which settings may name it.

Django imports its URLs and views at the first request; here they are imported before the worker says hello.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from django.urls import get_resolver

from asgi_vs_wsgi.server_targets.worker_config import NotStarted, worker_config
from asgi_vs_wsgi.views import parameters, upstream

PACKAGE = "scenario"
STARTUP = "startup"


@cache
def _folder() -> Path:
    """Of the running scenario, importable by the package's name from now on."""
    folder = Path(worker_config().site.scenario_folder)
    spec = ModuleSpec(PACKAGE, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    _alias_former_imports()
    return folder


def load_views() -> tuple[str, ModuleType]:
    """The scenario's name and its `views.py` as a module; whatever that raises on import passes through."""
    name = worker_config().site.scenario
    return name, _module("views", alias="scenario_" + name.replace("-", "_"))


def scenario_settings(defaults: dict[str, Any]) -> dict[str, Any]:
    """What the scenario's `settings.py` says, if there is one; `defaults` are there by their names, to be added to."""
    if not (_folder() / "settings.py").is_file():
        return {}
    said = vars(_module("settings", known=defaults))
    return {name: value for name, value in said.items() if name.isupper()}


def scenario_hook(name: str) -> Any:
    """The function of that name in the scenario's `startup.py`; None where there is none."""
    return getattr(_module(STARTUP), name, None) if (_folder() / "startup.py").is_file() else None


def begin_worker() -> None:
    """Call the scenario's `startup()`: once in each worker, Django set up and the views imported, nobody served yet."""
    hook = scenario_hook(STARTUP)
    if hook is None:
        return
    try:
        waits = hook()
    except Exception as error:
        raise NotStarted(hook_failure(STARTUP, error)) from error
    if hasattr(waits, "__await__"):
        waits.close()
        raise NotStarted(
            "startup() of startup.py is a coroutine, and nobody awaits it: what awaits belongs in lifespan()"
        )


def hook_failure(name: str, error: Exception) -> str:
    """`startup() of startup.py raised KeyError: 'x'`."""
    return f"{name}() of startup.py raised {type(error).__name__}: {error}"


def _module(name: str, *, alias: str = "", known: dict[str, Any] | None = None) -> ModuleType:
    """A file of the scenario's folder, run once; `known` is there before its first line."""
    full_name = f"{PACKAGE}.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    path = _folder() / f"{name}.py"
    spec = importlib.util.spec_from_file_location(full_name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    module.__dict__.update(known or {})
    names = [full_name, *([alias] if alias else [])]
    sys.modules.update(dict.fromkeys(names, module))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        for each in names:
            sys.modules.pop(each, None)
        raise
    setattr(sys.modules[PACKAGE], name, module)
    return module


def _alias_former_imports() -> None:
    """Folders older than `asgi_vs_wsgi.views` import from `server_targets.site`; a package of the user's is first."""
    if "server_targets" in sys.modules or importlib.util.find_spec("server_targets") is not None:
        return
    site = ModuleType("server_targets.site")
    site.__dict__.update(parameters=parameters, upstream=upstream, __path__=[])
    sys.modules["server_targets"] = package = ModuleType("server_targets")
    package.__dict__.update(site=site, __path__=[])
    sys.modules.update(
        {site.__name__: site, f"{site.__name__}.parameters": parameters, f"{site.__name__}.upstream": upstream}
    )


def import_urls() -> None:
    """Import the URLconf and the views; what is wrong with them shows now.

    To be called before the application is made, so that MIDDLEWARE may name a middleware of the scenario's own.
    """
    django.setup(set_prefix=False)  # views may define models
    get_resolver().url_patterns  # noqa: B018 - the property does the importing
