"""Runs the probe's and the simulator's tests on their compiled parts as the sanitizers build them: `make sanitize`.

After the tests, 10,000 random models go through the simulator (fuzz_simulation.py).

Memory that was freed, or is none of ours, and whatever C leaves undefined ends the tests with the sanitizer's own
words. In a copy, so that what is installed stays as it is. Needs gcc with its libasan and libubsan.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPILED = (Path("server_targets", "probe"), Path("scenarios", "simulation"))
"""Each with `native/` in it, which becomes `_native`."""
FLAGS = ["-shared", "-fPIC", "-g", "-O1", "-fno-omit-frame-pointer", "-ffp-contract=off"]
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-Wno-cast-function-type"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
TESTS = ["tests/server_targets/probe", "tests/scenarios/simulation"]
FUZZ = "tests/fuzz_simulation.py"


def build(folder: Path) -> None:
    """The package with a copy of what has compiled parts, and there the compiled modules built anew."""
    package = folder / "asgi_vs_wsgi"
    for room in ("server_targets", "scenarios"):
        shutil.copytree(ROOT / room, package / room, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    shutil.copy(ROOT / "__init__.py", package)
    for name, there in {"views": "server_targets/views", "tui": "tui"}.items():
        (package / name).symlink_to(ROOT / there)
    include = f"-I{sysconfig.get_path('include')}"
    for part in COMPILED:
        sources = sorted(map(str, (package / part / "native").glob("*.c")))
        made = package / part / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
        subprocess.run(["gcc", *FLAGS, *WARNINGS, *SANITIZERS, include, *sources, "-o", str(made)], check=True)


def library(name: str) -> str:
    """Where gcc has it."""
    found = subprocess.run(["gcc", f"-print-file-name={name}"], check=True, capture_output=True, text=True)
    return found.stdout.strip()


def environment(folder: Path) -> dict[str, str]:
    """Python's own small objects are malloc's here, so that each is seen; what it never frees is its own affair."""
    return {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONMALLOC": "malloc",
        "LD_PRELOAD": f"{library('libasan.so')} {library('libubsan.so')}",
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "ASGI_VS_WSGI_SANITIZED": str(folder),
    }


def main() -> int:
    """pytest's status, and where that is 0 the random models'; further arguments are pytest's, and leave these out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        tests = sys.argv[1:] or TESTS
        command = [sys.executable, "-P", "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-m", "not live"]
        status = subprocess.run([*command, *tests], cwd=ROOT, env=environment(folder), check=False).returncode
        if status or sys.argv[1:]:
            return status
        return subprocess.run([sys.executable, "-P", FUZZ], cwd=ROOT, env=environment(folder), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
