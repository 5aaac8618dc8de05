"""Other interpreters for the servers of a run: which one is meant, and whether it has what its servers need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.servers import server_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario, Target

_DISTRIBUTIONS = {"django": "django", "asgiref": "asgiref", "psycopg": "psycopg[binary]"}
"""Module to the name that brings it, where that is no server's."""


def with_pythons(scenario: Scenario, targets: Sequence[Target], words: Sequence[str]) -> list[Target]:
    """The targets, each with its interpreter's whole path; `words` are those of `--python`, the last one counts."""
    chosen = {target.name: _from_folder(scenario, target) for target in targets}
    for word in words:
        name, equals, path = word.partition("=")
        if equals and name in chosen:
            chosen[name] = _from_here(word, path)
        elif equals and "/" not in name:
            raise BadInput(f"--python {word}: there is no target `{name}`", hint=suggest(name, chosen))
        else:
            chosen = dict.fromkeys(chosen, _from_here(word, word))
    return [replace(target, python=chosen[target.name]) for target in targets]


def words_for(words: Sequence[str], name: str, others: Collection[str]) -> tuple[str, ...]:
    """Those that are for the target of that name, where each of the others runs by itself."""
    return tuple(word for word in words if (named := word.partition("=")[0]) == name or named not in others)


def _from_folder(scenario: Scenario, target: Target) -> str:
    return _found(target.python, scenario.folder) if target.python else ""


def _found(path: str, folder: Path) -> str:
    from asgi_vs_wsgi.server_targets.processes.interpreter import find_python  # what starts processes imports a lot

    return find_python(path, folder)


def _from_here(word: str, path: str) -> str:
    if not path:
        raise BadInput(f"--python {word}: no path", hint="--python PATH for all targets, or --python TARGET=PATH")
    return _found(path, Path())


def with_gils(targets: Sequence[Target], *, named: bool) -> list[Target]:
    """Without those that are to have no GIL on a Python that cannot be without; BadInput where they are `named`."""
    if not any(target.gil == "off" for target in targets):
        return list(targets)
    from asgi_vs_wsgi.server_targets.processes.interpreter import is_free_threaded

    free = {path: is_free_threaded(path) for path in {target.python for target in targets if target.gil == "off"}}
    unable = [target for target in targets if target.gil == "off" and not free[target.python]]
    if unable and (named or len(unable) == len(targets)):
        what = f"{listed([target.name for target in unable])}: it needs a Python that can be without a GIL"
        raise BadInput(what, hint="name a free-threaded build of Python 3.13 or newer with --python")
    return [target for target in targets if target not in unable]


def refuse_missing_parts(targets: Sequence[Target], vendor: str) -> None:
    """BadInput where an interpreter cannot run the servers that are to run there: in one line what it has not."""
    paths = dict.fromkeys(target.python for target in targets if target.python)
    if not paths:
        return
    from asgi_vs_wsgi.server_targets.processes.interpreter import NoInterpreter, ask_python

    for path in paths:
        needed = {target.name: _needed(target, vendor) for target in targets if target.python == path}
        modules = list(dict.fromkeys(module for each in needed.values() for module in each))
        try:
            found = ask_python(path, modules)
        except NoInterpreter as refusal:
            raise BadInput(f"python of {listed(needed)}: {refusal}", hint=refusal.right) from None
        for name, each in needed.items():
            if missing := [module for module in each if module in found.missing]:
                brought = " ".join(
                    dict.fromkeys(f"'{each[module]}'" if "[" in each[module] else each[module] for module in missing)
                )
                what = f"python of {name}: {path} (Python {found.version}) has no {listed(missing, 'or')}"
                raise BadInput(what, hint=f"{path} -m pip install {brought}")


def _needed(target: Target, vendor: str) -> dict[str, str]:
    """Module to what brings it."""
    server = server_spec(target.server)
    needed = {} if target.bare else {name: _DISTRIBUTIONS[name] for name in ("django", "asgiref")}
    if server.module != "asgi_vs_wsgi":
        needed[server.module] = server.distribution
    elif server.distribution:
        needed[server.distribution.lower()] = server.distribution
    needed |= {module: module for module in server.needs}
    return needed | ({"psycopg": _DISTRIBUTIONS["psycopg"]} if vendor == "postgresql" and not target.bare else {})
