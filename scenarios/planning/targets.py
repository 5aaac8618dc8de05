"""The targets of a run: the scenario's own, or those of `--target NAME[:WORKERS[xTHREADS]]`.

Other interpreters for the servers of a run: which one is meant, and whether it has what its servers need.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.assertions.claims import Expectation, read_expectation
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.scenario_files.validation import size_faults
from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.server_targets.servers import ServerSpec, server_spec, server_specs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import LawName, Scenario, Target

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


SHAPE = re.compile(r"(?P<name>[^:]+)(?::(?P<workers>-?\d{1,9})(?:x(?P<threads>-?\d{1,9}))?)?")
LAWS_OF_WAITING = ("one-per-worker", "one-per-thread", "all-at-once")


def chosen_targets(
    scenario: Scenario,
    words: Sequence[str],
    *,
    vendor: str = "sqlite",
    first_only: bool = False,
    pythons: Sequence[str] = (),
    elsewhere: bool = False,
) -> tuple[Target, ...]:
    """The targets, with distinct names, all installed; BadInput names the target that is wrong.

    `pythons`: of `--python`. `elsewhere`: what is installed here is no matter.

    Of the scenario's own those stay out that need another database than that of `vendor`, or a Python without a GIL.
    """
    targets = [target_of(scenario, word) for word in words]
    for target in targets:
        if target.needs_database not in ("", vendor):
            what = f"--target {target.name}: it needs a {target.needs_database} database"
            raise BadInput(what, hint="give one with --database-url")
    if not words:
        targets = [target for target in scenario.toml.targets if target.needs_database in ("", vendor)]
    targets = with_pythons(scenario, list(_distinct(targets[:1] if first_only else targets)), pythons)
    targets = with_gils(targets, named=bool(words))
    for target in targets:
        if not (target.python or elsewhere) and not (server := server_spec(target.server)).installed:
            raise BadInput(f"{server.name} is not installed", hint=server.install)
    refuse_missing_parts(targets, vendor)
    return tuple(_comparable(targets))


def target_of(scenario: Scenario, word: str) -> Target:
    """Of a word such as `gunicorn-gthread:2x8`, whether it is installed or not; BadInput for what is none."""
    found = SHAPE.fullmatch(word)
    if not found:
        what = f"--target {word}: not of the form NAME[:WORKERS[xTHREADS]]"
        raise BadInput(what, hint="for example uvicorn:2 or gunicorn-gthread:2x8")
    base = _own_target(scenario, found["name"]) or _as_run_by(scenario, word, found["name"])
    changed = {key: int(found[key]) for key in ("workers", "threads") if found[key]}
    target = replace(base, **changed)
    sizes = ((base.workers, target.workers), (base.threads, target.threads))
    if any(now != then and re.search(rf"(?<!\d){then}(?!\d)", base.label) for then, now in sizes):
        target = replace(target, label="")  # it tells of as many as there were
    for fault in size_faults(server_spec(target.server), target.workers, target.threads):
        raise BadInput(f"--target {word}: {fault.key}: {fault.reason}", hint=fault.right)
    return replace(target, law=_law(server_spec(target.server), target))


def _own_target(scenario: Scenario, name: str) -> Target | None:
    """A target that the scenario itself calls by that name, unless a server is called so."""
    if name in {server.name for server in server_specs()}:
        return None
    return next((target for target in scenario.toml.targets if target.name == name), None)


def _as_run_by(scenario: Scenario, word: str, name: str) -> Target:
    """The scenario's first target with the same interface, as the server `name` would run it."""
    try:
        server = server_spec(name)
    except KeyError:
        right = suggest(name, [server.name for server in server_specs()])
        raise BadInput(f"--target {word}: no server `{name}`", hint=right) from None
    for target in scenario.toml.targets:
        if server_spec(target.server).interface == server.interface:
            return _moved(target, server)
    what = f"--target {word}: `{scenario.name}` has no view for {server.interface.upper()} servers"
    raise BadInput(what, hint=f"choose one like {scenario.toml.targets[0].server}")


def _moved(target: Target, server: ServerSpec) -> Target:
    """The target on another server, which has other sizes and options; its checks were about the one it had."""
    return replace(
        target,
        server=server.name,
        name=server.name,
        label="",
        gil="",
        workers=min(target.workers, server.max_workers),
        threads=min(target.threads, server.max_threads) if target.threads > 1 else server.default_threads,
        options={
            name: value
            for name, value in target.options.items()
            if name in server.options and not server.options[name].refusal(value)
        },
        checks=[],
    )


def _law(server: ServerSpec, target: Target) -> LawName | None:
    """Waiting obeys the server's abilities; a held loop and CPU work obey the view's nature on any server."""
    if target.law not in LAWS_OF_WAITING:
        return target.law
    return cast("LawName | None", server.natural_law(target.threads))


def _distinct(targets: Sequence[Target]) -> Iterator[Target]:
    """Equal names get numbers: uvicorn, uvicorn-2."""
    taken: set[str] = set()
    for target in targets:
        name, number = target.name, 2
        while name in taken:
            name, number = f"{target.name}-{number}", number + 1
        taken.add(name)
        yield replace(target, name=name)


def _comparable(targets: Sequence[Target]) -> Iterator[Target]:
    """Without the checks that compare with a target that is not in this run."""
    names = {"", *(target.name for target in targets)}
    for target in targets:
        expected = [(check, read_expectation(check.expected)) for check in target.checks]
        checks = [check for check, each in expected if isinstance(each, Expectation) and each.target in names]
        yield replace(target, checks=checks)
