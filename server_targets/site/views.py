"""Imports the views of the running scenario from its folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from asgi_vs_wsgi.server_targets.worker_config import worker_config
from asgi_vs_wsgi.views import parameters, upstream


def load_views() -> tuple[str, ModuleType]:
    """The scenario's name and its `views.py` as a module; whatever that raises on import passes through."""
    config = worker_config().site
    name, folder = config.scenario, Path(config.scenario_folder)
    module_name = "scenario_" + name.replace("-", "_")
    spec = importlib.util.spec_from_file_location(module_name, folder / "views.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {folder / 'views.py'}")
    _alias_former_imports()
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return name, module


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
