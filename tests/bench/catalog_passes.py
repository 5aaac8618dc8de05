"""Every scenario of the catalog, again and again through the installed command: do its laws and checks hold each time?

    python tests/bench/catalog_passes.py [--passes N] [--command PATH] [--save FILE] [SCENARIO ...]

One line for each run that says something else than it should, a summary at the end, exit status 1 if there was any.
`--command` takes the command of another checkout, whose figures can then be compared in the file that `--save` writes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).parent / "asgi-vs-wsgi-tui"
FAILING_IS_THE_LESSON = {"watchdog", "overload", "worker-crash", "keep-alive", "deploy"}
"""Scenarios in which some target says failures_expected."""


def main() -> None:
    """Run them and print what was amiss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--command", default=str(COMMAND))
    parser.add_argument("--save", type=Path, help="all documents, one a line")
    options = parser.parse_args()
    names = options.scenarios or [each["name"] for each in json.loads(output(options.command, "list", "--json"))]
    amiss = 0
    for number in range(1, options.passes + 1):
        for name in names:
            since_s = time.monotonic()
            document = json.loads(output(options.command, "run", name, "--json", "--no-keep"))
            found = list(faults(document))
            amiss += bool(found)
            print(f"{number:3} {name:24} {time.monotonic() - since_s:5.1f} s  {'; '.join(found) or 'as it should be'}")
            sys.stdout.flush()
            if options.save:
                with options.save.open("a") as file:
                    file.write(json.dumps(document) + "\n")
    print(f"{options.passes * len(names) - amiss} of {options.passes * len(names)} as they should be")
    sys.exit(amiss > 0)


def output(*words: str) -> str:
    """What the command prints; its own words on stderr are let go."""
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


def faults(document: dict[str, Any]) -> Iterator[str]:
    """What does not hold, cannot be told, was lost or failed."""
    for target in document["targets"]:
        claims = [target["law"]] if target["law"] else []
        for claim in [*claims, *target["checks"]]:
            if claim["holds"] is not True:
                yield f"{target['name']}: {claim['name']} holds: {json.dumps(claim['holds'])} {json.dumps(claim)}"
        telemetry = target["telemetry"]
        if telemetry["lost"] != 0:
            yield f"{target['name']}: lost {telemetry['lost']}"
        if target["requests"]["failed"] and document["scenario"] not in FAILING_IS_THE_LESSON:
            yield f"{target['name']}: {target['requests']['failed']} failed {target['requests']['errors']}"


if __name__ == "__main__":
    main()
