"""What What-if's keys ask the simulator for, as the options of `simulate`, and of `run` where it is to be measured.

WhatIfFactors ─► SimulationOptions ─► the same answer as `simulate RUN.avw …` with these words
             └─► Options ─► the same settings, run live; BadInput for what no run can be given
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.model.scenario import REQUESTS, Load
from asgi_vs_wsgi.scenarios.planning.load import chosen_load
from asgi_vs_wsgi.scenarios.planning.simulation import SimulationOptions, named_number, run_load
from asgi_vs_wsgi.scenarios.simulation.law_prediction import WhatIfFactors, changed_number
from asgi_vs_wsgi.server_targets.servers import server_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.trace.target_trace import TargetFacts

KINDS = ("burst", "poisson", "constant", "closed")
"""Of arrivals, as a key goes through them."""
USUAL_LOAD = 0.7
"""Of what the slowest target served: the rate that other arrivals begin with."""
USUAL_VISITORS, USUAL_AT_ONCE = 1000, 16
"""Where a burst becomes a stream, enough for a p99; where it becomes closed."""


def what_if_options(chosen: WhatIfFactors, run: RunResult, facts: Sequence[TargetFacts]) -> SimulationOptions:
    """Of `simulate`, for a run with these targets."""
    times = (("wait", chosen.wait), ("cpu", chosen.cpu))
    parameters = tuple(f"{name}={factor:g}" for name, factor in times if factor != 1)
    targets = tuple(_word(each, chosen) for each in facts) if (chosen.workers, chosen.threads) != (1, 1) else ()
    load = Options("", targets=targets, parameters=parameters, **_changed_load(chosen, run))  # type: ignore[arg-type]  # fields of it
    gil = not had_gil(run) if chosen.other_gil else None
    cores = chosen.cores * run_cores(run) if chosen.cores != 1 else None
    return SimulationOptions(load, cores=cores, gil=gil, pool=chosen.pool or None)


def had_gil(run: RunResult) -> bool:
    """Whether its targets' Python had one; where they differ, the first's."""
    told = next((target.environment.gil for target in run.targets if target.environment is not None), None)
    return bool(run.environment.get("gil", True)) if told is None else told


def run_cores(run: RunResult) -> int:
    """Of the machine on which it was run."""
    known = run.environment.get("cores")
    return known if isinstance(known, int) else 1


def _word(facts: TargetFacts, chosen: WhatIfFactors) -> str:
    spec = next((spec for spec in server_specs() if spec.name == facts.server), None)
    workers, threads = (changed_number(name, getattr(facts, name), chosen) for name in ("workers", "threads"))
    if spec is None:
        return f"{facts.name}:{workers}"
    sized = f"{facts.name}:{min(workers, spec.max_workers)}"
    return f"{sized}x{min(threads, spec.max_threads)}" if spec.max_threads > 1 else sized


def _changed_load(chosen: WhatIfFactors, run: RunResult) -> dict[str, object]:
    """What differs from the run's: other arrivals begin at what is usual, and the factor is of that."""
    load, times = run.load, chosen.visitors
    arrivals = chosen.arrivals or load.arrivals
    other = arrivals != load.arrivals
    if not other and times == 1:
        return {}
    found: dict[str, object] = {"arrivals": arrivals} if other else {}
    planned = min(max(target.requests.planned for target in run.targets), USUAL_VISITORS)
    if arrivals == "burst":
        return found | {"requests": _within(times * (planned if other else load.requests or planned))}
    if arrivals == "closed":
        at_once = USUAL_AT_ONCE if other else load.concurrency or USUAL_AT_ONCE
        found |= {"concurrency": _within(times * at_once)}
        return found if load.duration_s else found | {"requests": _within(max(1.0, times) * (load.requests or planned))}
    if load.rate is not None:  # as long as before, or as many
        return found if times == 1 else found | {"rate": float(f"{load.rate * times:.4g}")}
    rate = float(f"{usual_rate(run) * times:.4g}")
    return found | {"rate": rate, "requests": max(USUAL_VISITORS, load.requests or 0)}


def _within(value: float) -> int:
    return max(1, min(REQUESTS.high, round(value)))


def usual_rate(run: RunResult) -> float:
    """A second, with two digits: some 70 % of what the slowest target has served."""
    served = [target.throughput_rps for target in run.targets if target.throughput_rps]
    return float(f"{USUAL_LOAD * min(served, default=10.0):.2g}")


def next_arrivals(now: str, run: RunResult) -> str:
    """The kind after `now`; "" where that is the run's own."""
    kinds = [*dict.fromkeys((run.load.arrivals, *KINDS))] if run.load.arrivals not in KINDS else KINDS
    following = kinds[(kinds.index(now or run.load.arrivals) + 1) % len(kinds)]
    return "" if following == run.load.arrivals else following


def command_words(options: SimulationOptions) -> list[str]:
    """Of the command that answers the same of the run, once that is saved as RUN.avw."""
    words = ["simulate", "RUN.avw"]
    for target in options.load.targets:
        words += ["--target", target]
    for option in ("arrivals", "rate", "requests", "concurrency"):
        if (value := getattr(options.load, option)) is not None:
            words += [f"--{option}", f"{value:g}" if isinstance(value, float) else str(value)]
    for given in options.load.parameters:
        words += ["--set", given]
    for option in ("cores", "pool"):
        if (value := getattr(options, option)) is not None:
            words += [f"--{option}", f"{value:g}"]
    return words + ([] if options.gil is None else ["--gil" if options.gil else "--no-gil"])


# ---- live


CPU = "cpu"


def live_options(chosen: WhatIfFactors, run: RunResult, facts: Sequence[TargetFacts], scenario: Scenario) -> Options:
    """Of `run`, one round of the same settings; BadInput names what cannot be had on this machine."""
    asked_for = what_if_options(chosen, run, facts)
    refuse_only_simulated(asked_for, "turn back what is so, and M measures the rest")
    asked = asked_for.load
    targets = asked.targets or tuple(_word(each, chosen) for each in facts)
    load = chosen_load(run_load(run.load), asked)
    return Options(
        scenario.name,
        targets=targets,
        requests=load.requests,
        concurrency=load.concurrency,
        arrivals=load.arrivals,
        rate=load.rate,
        duration_s=load.duration_s,
        seed=load.seed,
        timeout_s=load.timeout_s,
        parameters=run_parameters(asked_for, run.parameters, scenario),
    )


def refuse_only_simulated(options: SimulationOptions, hint: str) -> None:
    """BadInput for what no run on this machine can be given."""
    given = (("other cores", options.cores), ("another GIL", options.gil), ("a pool", options.pool))
    if only := [word for word, value in given if value is not None]:
        raise BadInput(f"{' and '.join(only)} can be simulated, and not measured here", hint=hint)


def run_parameters(
    options: SimulationOptions, as_run: Mapping[str, int | float], scenario: Scenario
) -> tuple[str, ...]:
    """As `run --set` takes them: those of the run, with what `--set` of a simulation changes; BadInput where the
    scenario has nothing that sets it."""
    parameters: dict[str, float] = {**as_run}
    for given in options.load.parameters:
        name, value = named_number(given)
        parameters |= {name: value} if name in as_run else _times(name, value, as_run, scenario)
    return tuple(f"{name}={value:.15g}" for name, value in parameters.items())


def _times(name: str, factor: float, as_run: Mapping[str, int | float], scenario: Scenario) -> dict[str, float]:
    """The parameters in ms that make pages wait or compute so many times as long."""
    found: dict[str, float] = {}
    if factor != 1:
        of = [p for p in as_run if p.endswith("_ms") and (CPU in p) == (name == CPU)]
        if not of:
            what = f"nothing in {scenario.name} sets how long its pages {'wait' if name == 'wait' else 'compute'}"
            raise BadInput(what, hint=f"leave {name} as it was, and the rest can be measured")
        for each in of:
            known, value = scenario.toml.parameters[each], as_run[each] * factor
            if not known.min <= value <= known.max:
                raise BadInput(f"{each} would be {value:g}, out of bounds", hint=f"from {known.min} to {known.max}")
            found[each] = value
    return found


KNEE_VISITORS = 600


def knee_load(run: RunResult) -> Callable[[float], Load]:
    """Poisson arrivals at so many a second, for the curve of latency against rate."""
    load = run.load
    return lambda rate: Load("poisson", requests=KNEE_VISITORS, rate=rate, seed=load.seed, timeout_s=load.timeout_s)
