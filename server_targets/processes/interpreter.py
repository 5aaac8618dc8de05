"""Another Python for a target's servers: whether it can run them, and how it finds this package alone.

What runs inside a worker needs the standard library, Django and the server; ours is found through a folder of links, so
that nothing else of where we are installed comes with it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asgi_vs_wsgi.views
from asgi_vs_wsgi.server_targets.processes.server_process import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

OLDEST = (3, 11)
ANSWERS_WITHIN_S = 20.0
_ASKED = """
import json, sys, sysconfig
from importlib.util import find_spec
sys.path[:] = [path for path in sys.path if path]
there = [name for name in sys.argv[1:] if find_spec(name) is not None]
free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps([list(sys.version_info[:2]), sys.version.split()[0], there, free]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One that has answered."""

    path: str
    version: str
    missing: tuple[str, ...]
    """Of the modules that were asked for, those that it does not have."""
    free_threaded: bool
    """Whether it can do without a GIL."""


class NoInterpreter(Exception):
    """Why a path is none that can run our servers, and what would be right."""

    def __init__(self, why: str, right: str) -> None:
        super().__init__(why)
        self.right = right


def find_python(words: str, folder: Path) -> str:
    """The program that is meant: a path, from `folder` on where it is relative, or a name on the PATH."""
    if os.sep not in words:
        return shutil.which(words) or words
    return os.path.normpath(folder.absolute() / Path(words).expanduser())  # a link into a venv stays what it is


def ask_python(path: str, modules: Sequence[str], oldest: tuple[int, int] = OLDEST) -> Interpreter:
    """Run it for a moment; NoInterpreter where it is no Python, or older than `oldest`."""
    right = f"a program of Python {oldest[0]}.{oldest[1]} or newer"
    if not os.path.isfile(path):  # noqa: PTH113 - a path with a zero byte is none
        raise NoInterpreter(f"there is no program {path}", right)
    try:
        done = subprocess.run(
            [path, "-c", _ASKED, *modules],
            cwd="/",
            env=clean_environment({"PYTHONHOME": ""}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ANSWERS_WITHIN_S,
            check=False,
        )
        number, version, there, free = json.loads(done.stdout)
    except OSError as error:
        raise NoInterpreter(f"{path} cannot be run: {error.strerror}", right) from None
    except subprocess.TimeoutExpired:
        raise NoInterpreter(f"{path} says nothing within {ANSWERS_WITHIN_S:.0f} s", right) from None
    except ValueError:  # no JSON, or of another shape
        raise NoInterpreter(f"{path} does not answer as Python does", right) from None
    if tuple(number) < oldest:
        raise NoInterpreter(f"{path} is Python {version}", right)
    return Interpreter(path, version, tuple(name for name in modules if name not in there), free)


def is_free_threaded(path: str) -> bool:
    """Whether that Python, or ours where it is "", can do without a GIL; not where it does not answer as one."""
    if not path:
        return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    try:
        return ask_python(path, ()).free_threaded
    except NoInterpreter:
        return False


GIL: dict[str, dict[str, str]] = {"on": {"PYTHON_GIL": "1"}, "off": {"PYTHON_GIL": "0"}, "": {}}
"""How a target's Python is told to have one, or none; for what is imported, too."""


def environment_for(folder: Path) -> dict[str, str]:
    """Variables by which another interpreter finds this package; the links are made in `folder`, once."""
    package = folder / "asgi_vs_wsgi"
    if not package.exists():
        package.mkdir(parents=True)
        rooms = Path(__file__).parents[1]
        for name, there in {
            "__init__.py": Path(asgi_vs_wsgi.__file__),
            "server_targets": rooms,
            "views": Path(asgi_vs_wsgi.views.__path__[0]),
        }.items():
            (package / name).symlink_to(there)
    users = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([users] if users else [])]), "PYTHONHOME": ""}
