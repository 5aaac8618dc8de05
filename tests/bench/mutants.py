"""Ten thousand saved runs that are wrong inside: how many end in anything but one line, and how much memory it takes.

    python tests/bench/mutants.py [HOW_MANY]

Two processes, each half of the seeds; a fault is told with its seed, so that it can be made again:
`made_mutants.mutant(data, seed)`.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tui"))

from made_mutants import mutant
from made_runs import made_run
from opened_run import compute_all

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run

MANY, PROCESSES = 10_000, 2
RECORDED = sorted((Path(__file__).parents[1] / "tui" / "recordings").glob("*.avw"))


def try_all(seeds: range) -> tuple[Counter[str], dict[str, str], float]:
    """What came out, the first traceback of each fault, and the memory that this process grew by, in MB."""
    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        runs = [made_run(Path(name)).read_bytes(), *(file.read_bytes() for file in RECORDED)]
        file, before_kb = Path(name) / "mutant.avw", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for seed in seeds:
            file.write_bytes(mutant(runs[seed % len(runs)], seed))
            kind = _try(file, seed, first)
            found[kind] += 1
        grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    return found, first, grown_kb / 1000


def _try(file: Path, seed: int, first: dict[str, str]) -> str:
    try:
        compute_all(read_run(file))
    except BadInput as error:
        return "refused" if str(file) in error.one_line() and "\n" not in error.one_line() else "refused unclearly"
    except Exception as error:
        kind = f"fault: {type(error).__name__}: {traceback.extract_tb(error.__traceback__)[-1]}"
        first.setdefault(kind, f"seed {seed}\n{traceback.format_exc()}")
        return kind
    return "looked at"


def main(many: int) -> int:
    began_s = time.monotonic()
    parts = [range(start, many, PROCESSES) for start in range(PROCESSES)]
    found: Counter[str] = Counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        for counts, first, grown_mb in pool.map(try_all, parts):
            found += counts
            print(f"memory grew by {grown_mb:.0f} MB")
            for words in first.values():
                print(words)
    print(f"{many} in {time.monotonic() - began_s:.0f} s:", *(f"{count} {kind}" for kind, count in found.most_common()))
    return int(any(kind not in ("refused", "looked at") for kind in found))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
