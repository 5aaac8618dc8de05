"""What a simulation is asked for, checked against the run that it is calibrated from: targets, their numbers, scripts.

`--target` names a target of the run, or a server; without one, all targets of the run are simulated, each from its own
slices. A server that the run has not is simulated from the slices of the target that is most like it, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import THREADS, WORKERS, Limits, Load, Target, refuse_quantity
from asgi_vs_wsgi.scenarios.planning.load import chosen_load
from asgi_vs_wsgi.scenarios.planning.targets import LAWS_OF_WAITING, SHAPE
from asgi_vs_wsgi.scenarios.scenario_files.problems import suggest
from asgi_vs_wsgi.scenarios.scenario_files.validation import size_faults
from asgi_vs_wsgi.scenarios.simulation.measured_scripts import Scripts, scaled, with_parameter, with_pool
from asgi_vs_wsgi.scenarios.simulation.service_model import Setup
from asgi_vs_wsgi.scenarios.simulation.simulated_run import Simulation
from asgi_vs_wsgi.server_targets.servers import ServerSpec, server_spec, server_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import LawName, Scenario
    from asgi_vs_wsgi.scenarios.results import LoadResult, RunResult
    from asgi_vs_wsgi.scenarios.simulation.calibration import Calibration
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts

POOL = Limits(1, 10_000)
MOST_CORES, MOST_TIMES = 1024, 1000


class SimulationOptions(Struct, frozen=True):
    """What a user may change; None or empty means: as it was measured. Unchecked."""

    load: Options = Options("")
    """Its fields of who comes when, `parameters` as they are given, and `targets`."""
    workers: int | None = None
    threads: int | None = None
    cores: float | None = None
    gil: bool | None = None
    pool: int | None = None


def refuse_options(options: SimulationOptions, scenario: Scenario, load: Load) -> Load:
    """What is wrong with them whatever the run says, told before it is measured; else who comes then."""
    if options.cores is not None:
        reason = refuse_quantity(options.cores) or (
            f"{options.cores:g} is out of bounds" if options.cores > MOST_CORES else ""
        )
        if reason:
            raise BadInput(f"--cores: {reason}", hint=f"a number above 0, up to {MOST_CORES}")
    if options.pool is not None and (reason := POOL.refuse(options.pool)):
        raise BadInput(f"--pool: {reason}", hint=f"a whole number from {POOL}")
    for name, limits in (("workers", WORKERS), ("threads", THREADS)):
        value = getattr(options, name)
        if value is not None and (reason := limits.refuse(value)):
            raise BadInput(f"--{name}: {reason}", hint=f"a whole number from {limits}")
    for given in options.load.parameters:
        named_number(given)
    chosen = chosen_load(load, options.load)
    _refuse_load(scenario, chosen)
    return chosen


def run_load(told: LoadResult) -> Load:
    """The load of a run, for changes to be made to."""
    fields = ("arrivals", "requests", "concurrency", "rate", "duration_s", "seed", "timeout_s", "keep_alive")
    return Load(**{name: getattr(told, name) for name in fields})


def _refuse_load(scenario: Scenario, load: Load) -> None:
    """BadInput for visitors that the simulator has no model of."""
    toml = scenario.toml
    for visitors in toml.visitors:
        client = visitors.client
        if client and (client.send_for_ms or client.read_for_ms or client.leave_after_ms):
            what = f"visitors of “{visitors.name}” send or read slowly, or leave: this is not simulated"
            raise BadInput(what, hint="choose a run whose visitors do not")
        if visitors.pages:
            raise BadInput(f"visitors of “{visitors.name}” ask for several pages: this is not simulated")
    if toml.events:
        raise BadInput("servers are reloaded, stopped or held in this scenario: this is not simulated")
    if load.keep_alive:
        raise BadInput("connections are kept in this run, each at its worker: this is not simulated")


class Wanted(NamedTuple):
    """One target, as what it is to be simulated."""

    target: Target
    of: TargetFacts
    """The target of the run from whose slices."""


def wanted_targets(options: SimulationOptions, facts: Sequence[TargetFacts]) -> list[Wanted]:
    """The targets that are asked for, with distinct names; BadInput for what is none, or cannot be."""
    if not options.load.targets:
        wanted = [Wanted(_as_measured(each), each) for each in facts]
    else:
        wanted = [_wanted(word, facts) for word in options.load.targets]
    found: list[Wanted] = []
    known = {spec.name for spec in server_specs()}
    for target, of in wanted:
        if target.server not in known:  # of a saved run of another version
            raise BadInput(f"{target.name}: no server `{target.server}` is known here", hint="run it again")
        spec = server_spec(target.server)
        changes = {"workers": options.workers} if options.workers is not None else {}
        if options.threads is not None and (spec.max_threads > 1 or options.load.targets):
            changes["threads"] = options.threads
        changed = replace(target, **changes)
        for fault in size_faults(spec, changed.workers, changed.threads):
            raise BadInput(f"--{fault.key}: {target.name}: {fault.reason}", hint=fault.right)
        name, number = target.name, 2
        while name in {each.target.name for each in found}:
            name, number = f"{target.name}-{number}", number + 1
        found.append(Wanted(replace(changed, name=name, law=_law(spec, changed)), of))
    if options.threads is not None and not any(server_spec(t.server).max_threads > 1 for t, _ in found):
        raise BadInput("--threads: none of these servers has threads that can be chosen", hint="leave it out")
    return found


def _as_measured(facts: TargetFacts) -> Target:
    return Target(
        server=facts.server,
        view=facts.view,
        workers=facts.workers,
        threads=facts.threads,
        name=facts.name,
        law=_known_law(facts.law),
        options=facts.options,
    )


def _known_law(law: str | None) -> LawName | None:
    return law  # type: ignore[return-value]  # a saved run's was checked


def _wanted(word: str, facts: Sequence[TargetFacts]) -> Wanted:
    found = SHAPE.fullmatch(word)
    if not found:
        what = f"--target {word}: not of the form NAME[:WORKERS[xTHREADS]]"
        raise BadInput(what, hint="for example uvicorn:2 or gunicorn-gthread:2x8")
    name = found["name"]
    own = next((each for each in facts if each.name == name), None)
    as_server = next((each for each in facts if each.server == name), None)
    sizes = {key: int(found[key]) for key in ("workers", "threads") if found[key]}
    if own:
        return Wanted(replace(_as_measured(own), **sizes), own)
    if as_server:
        return Wanted(replace(_as_measured(as_server), name=name, **sizes), as_server)
    if name not in {spec.name for spec in server_specs()}:
        right = suggest(name, sorted({each.name for each in facts} | {spec.name for spec in server_specs()}))
        raise BadInput(f"--target {word}: no target of the run, and no server `{name}`", hint=right)
    spec = server_spec(name)
    alike = [each for each in facts if each.interface == spec.interface]
    like = next((each for each in alike if each.slot == spec.slot), alike[0] if alike else None)
    if like is None:
        what = (
            f"--target {word}: the run has no {spec.interface.upper()} target, so what its view does there is not known"
        )
        raise BadInput(what, hint=f"choose one like {facts[0].server}")
    base = _as_measured(like)
    threads = min(base.threads, spec.max_threads) if base.threads > 1 else spec.default_threads
    as_can_be = {"workers": min(base.workers, spec.max_workers), "threads": threads}
    return Wanted(replace(base, server=name, name=name, options={}, **(as_can_be | sizes)), like)


def _law(spec: ServerSpec, target: Target) -> LawName | None:
    if target.law not in LAWS_OF_WAITING:
        return target.law
    return _known_law(spec.natural_law(target.threads))


# ---- with other numbers


class Changes(NamedTuple):
    """What `--set` and `--pool` change in the scripts, the parameters as they then are, and that in words."""

    of_scripts: Callable[[Scripts], Scripts]
    parameters: dict[str, int | float]
    words: list[str]


def changes(options: SimulationOptions, scenario: Scenario, as_run: Mapping[str, int | float]) -> Changes:
    """Of a run with these parameters: `wait=2` and `cpu=0.5` scale what was measured; a parameter in ms changes the
    steps that are as long as it."""
    parameters, words = dict(as_run), []
    times = {"wait": 1.0, "cpu": 1.0}
    stretched: list[tuple[str, float, float]] = []
    for given in options.load.parameters:
        name, value = named_number(given)
        if name in times and name not in parameters:
            if not 0 < value <= MOST_TIMES:
                raise BadInput(f"--set {given}: not a number of times above 0", hint=f"up to {MOST_TIMES}")
            times[name] = value
            words.append(f"all that {'waits' if name == 'wait' else 'computes'} takes {value:g} times as long")
        else:
            before = _parameter(given, name, value, scenario, parameters)
            stretched.append((name, before / 1000, value / 1000))
            words.append(f"{name} is {value:g} instead of {before:g}: the steps that were as long take so long")
            parameters[name] = int(value) if isinstance(before, int) and value == int(value) else value
    if options.pool is not None:
        words.append(
            f"each worker has a pool of {options.pool}, of which a request has a place from its first wait to its last"
        )

    def of_scripts(scripts: Scripts) -> Scripts:
        for name, from_s, to_s in stretched:
            found = with_parameter(scripts, from_s, to_s)
            if found is None:
                what = f"--set {name}: no step of the measured requests took {from_s * 1000:g} ms"
                raise BadInput(what, hint="wait=2 or cpu=2 scale all that waits or computes")
            scripts = found
        scripts = scaled(scripts, wait=times["wait"], cpu=times["cpu"])
        return with_pool(scripts) if options.pool else scripts

    return Changes(of_scripts, parameters, words)


def named_number(given: str) -> tuple[str, float]:
    """`NAME=NUMBER` of `--set`."""
    name, equals, text = given.partition("=")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not equals or not -1e15 < value < 1e15:
        raise BadInput(f"--set {given}: not of the form NAME=NUMBER", hint="for example io_ms=500, wait=2 or cpu=0.5")
    return name, value


def _parameter(
    given: str, name: str, value: float, scenario: Scenario, parameters: Mapping[str, int | float]
) -> int | float:
    """Its value in the run."""
    known = scenario.toml.parameters.get(name)
    if known is None or name not in parameters:
        right = suggest(name, [*parameters, "wait", "cpu"])
        raise BadInput(f"--set {given}: `{scenario.name}` has no such parameter", hint=right)
    if not known.min <= value <= known.max:
        raise BadInput(f"--set {given}: out of bounds", hint=f"a number from {known.min} to {known.max}")
    if not name.endswith("_ms"):
        what = f"--set {given}: what it does to a request is not known from a run with {name}={parameters[name]:g}"
        raise BadInput(what, hint="wait=2 or cpu=2 scale all that waits or computes")
    if not parameters[name] and value:
        what = f"--set {given}: it was 0 in this run, so which step would take so long is not known"
        raise BadInput(what, hint=f"measure a run with a {name} above 0, and ask that")
    return parameters[name]


def simulation(wanted: Wanted, calibration: Calibration, options: SimulationOptions, changed: Changes) -> Simulation:
    """All that is decided of one target."""
    target, told = wanted.target, calibration.told
    gil = told.gil if options.gil is None else options.gil
    setup = Setup(
        target.server,
        server_spec(target.server).slot,
        target.workers,
        target.threads,
        options.cores or float(told.cores),
        gil is not False,
        options.pool,
        target.options,
        calibration.crowd,
        calibration.garbage,
    )
    return Simulation(target, calibration, setup, changed.of_scripts(calibration.scripts), list(changed.words))


class CheckedOptions(NamedTuple):
    """What is asked of a run, nothing of which has to be refused any more but for a calibration."""

    options: SimulationOptions
    load: Load
    """Who comes."""
    wanted: list[Wanted]
    changed: Changes

    def simulations(self, known: Mapping[str, Calibration]) -> list[Simulation]:
        """Of the targets whose slices could be calibrated from, by their names."""
        can_be = (each for each in self.wanted if each.of.name in known)
        return [simulation(each, known[each.of.name], self.options, self.changed) for each in can_be]


def checked_options(
    options: SimulationOptions, run: RunResult, scenario: Scenario, facts: Sequence[TargetFacts]
) -> CheckedOptions:
    """Of a run, its scenario and its targets; BadInput for what cannot be simulated."""
    load = refuse_options(options, scenario, run_load(run.load))
    return CheckedOptions(options, load, wanted_targets(options, facts), changes(options, scenario, run.parameters))


def distinct_facts(wanted: Sequence[Wanted]) -> Iterator[TargetFacts]:
    """The targets of the run that have to be calibrated, each once."""
    seen: set[str] = set()
    for _, facts in wanted:
        if facts.name not in seen:
            seen.add(facts.name)
            yield facts
