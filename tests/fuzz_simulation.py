"""Random models through both engines of the simulator: `python tests/fuzz_simulation.py [MODELS] [FIRST]`.

Of each: it ends, nobody is lost, no time is negative, all sums come out, and C and Python say the same, bit for bit.
`make sanitize` runs it on the engine as gcc's address and undefined sanitizers build it. A model that takes longer than
20 s of CPU counts as one that hangs. The number of a model that fails is printed: FIRST runs it again.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parent / "shared"))
from random_systems import difference, faults, random_system

from asgi_vs_wsgi.scenarios.simulation import simulate as engines
from asgi_vs_wsgi.scenarios.simulation.simulate import simulate
from asgi_vs_wsgi.scenarios.simulation.simulation_result import Detail

HANGS_AFTER_S = 20


def tried(number: int) -> tuple[list[str], int]:
    """What is wrong with it, and how many requests it had."""
    model, load = random_system(number)
    found = {name: simulate(model, load, seed=number, detail=Detail.INTERVALS, engine=name) for name in engines.ENGINES}
    results = list(found.values())
    wrong = faults(model, load, results[0])
    other = difference(results[0], results[-1])
    return ([*wrong, other] if other else wrong), results[0].requests


def main() -> int:
    """1 where a model fails."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    where = os.environ.get("ASGI_VS_WSGI_SANITIZED", "")
    if where:
        assert engines.native.__file__.startswith(where)
    failed = requests = 0
    for number in range(first, first + models):
        # Of CPU, whatever else the machine does. The default action ends the program: C does not come back here.
        signal.setitimer(signal.ITIMER_PROF, HANGS_AFTER_S)
        if number % 100 == 0:
            print(f"\rmodel {number}", end="", file=sys.stderr)
        wrong, rows = tried(number)
        requests += rows
        if wrong:
            failed += 1
            print(f"model {number}: {'; '.join(wrong[:3])}")
    signal.setitimer(signal.ITIMER_PROF, 0)
    print(
        f"\r{models:,} models, {requests:,} requests, engines {' and '.join(engines.ENGINES)}"
        f"{', sanitized' if where else ''}: {failed} failed, {process_time():.0f} s of CPU"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
