"""What ruff knows of calls that hold an event loop (its rules ASYNC2xx), asked of the project's own files."""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import anyio
import msgspec

from asgi_vs_wsgi.scenarios.project.findings.rules import RUFF_FIXES
from asgi_vs_wsgi.server_targets.processes.short_process import run_to_end

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN_S = 20.0
_OPTIONS = (
    "check",
    "--isolated",
    "--no-cache",
    "--select",
    "ASYNC",
    "--output-format",
    "json",
    "--exit-zero",
    "--quiet",
)


class RuffLine(NamedTuple):
    """One of its findings."""

    rule: str
    file: str
    line: int
    words: str


class RuffAnswer(NamedTuple):
    """All of them, or why there are none."""

    lines: list[RuffLine]
    missing: str = ""


class _Row(msgspec.Struct):
    code: str | None
    filename: str
    message: str
    location: dict[str, int]


async def ask_ruff(files: Sequence[str]) -> RuffAnswer:
    """Nothing of the project's own configuration of it is read, and nothing is written."""
    program = _program()
    if program is None:
        return RuffAnswer([], "ruff is not installed beside this program, so its rules were not asked")
    if not files:
        return RuffAnswer([])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    try:
        with anyio.fail_after(WITHIN_S):
            told = await run_to_end(
                [program, *_OPTIONS, "--", *files], cwd="/", environment=environment, with_stderr=False
            )
        rows = msgspec.json.decode(told.stdout, type=list[_Row])
    except (OSError, TimeoutError, msgspec.MsgspecError) as why:
        return RuffAnswer([], f"ruff did not answer ({type(why).__name__}), so its rules were not asked")
    return RuffAnswer(
        [
            RuffLine(row.code, row.filename, row.location.get("row", 0), row.message)
            for row in rows
            if row.code in RUFF_FIXES
        ]
    )


def _program() -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    return str(beside) if beside.is_file() else shutil.which("ruff")
