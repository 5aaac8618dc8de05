"""Options that several commands have, said once and in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


TARGET = "NAME[:WORKERS[xTHREADS]]"


def scenarios_option(command: Decorated) -> Decorated:
    """`--scenarios DIR`, before or after the subcommand."""
    text = "A folder of scenario folders, added to ours. Repeatable."
    return click.option("--scenarios", "directories", multiple=True, metavar="DIR", help=text)(command)


def animation_option(command: Decorated) -> Decorated:
    """`--no-animation`, before or after `replay`."""
    text = "Show what is recorded at once instead of playing it. TEXTUAL_ANIMATIONS=none says the same."
    return click.option("--no-animation", is_flag=True, help=text)(command)


def json_option(command: Decorated) -> Decorated:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")(command)


def log_option(command: Decorated) -> Decorated:
    """`--log FILE`, before or after a subcommand that runs something."""
    text = "Add to FILE what is started and what comes when, to be sent with a report of a fault."
    return click.option("--log", metavar="FILE", expose_value=False, callback=_log_to, help=text)(command)


def _log_to(context: click.Context, parameter: click.Parameter, path: str | None) -> None:
    if path is not None and not context.resilient_parsing:
        from asgi_vs_wsgi.scenarios.log_file import log_to

        log_to(path)


def keep_option(command: Decorated) -> Decorated:
    """`--no-keep`, before or after a subcommand that runs something."""
    text = "Keep nothing among the recent runs (`o`, `replay`). ASGI_VS_WSGI_NO_KEEP=1 says the same."
    return click.option("--no-keep", is_flag=True, help=text)(command)


def keeps(context: click.Context, *, no_keep: bool) -> bool:
    """Whether the run is to be kept, as far as the command line says."""
    return not (no_keep or context.find_root().params["no_keep"])


def requests_option(command: Decorated) -> Decorated:
    """`--requests N`."""
    return click.option("--requests", type=int, metavar="N", help="How many visitors.")(command)


ARRIVALS = "burst|closed|constant|poisson"


def arrivals_options(command: Decorated) -> Decorated:
    """Who comes when, but for how many."""
    for option in (
        click.option("--seed", type=int, metavar="N", help="Of the plan of arrivals. Default: 1."),
        click.option(
            "--duration", "duration_s", type=float, metavar="S", help="Seconds instead of a number of visitors."
        ),
        click.option("--rate", type=float, metavar="R", help="Constant and poisson arrivals: visitors per second."),
        click.option("--arrivals", metavar=ARRIVALS, help="When the visitors come."),
        click.option("--concurrency", type=int, metavar="N", help="Closed arrivals: how many visitors at a time."),
    ):
        command = option(command)
    return command


def save_option(command: Decorated) -> Decorated:
    """`--save FILE`."""
    text = "Keep the whole run in FILE, for `replay`, `screenshot` and `record`."
    return click.option("--save", metavar="FILE", help=text)(command)


def html_option(command: Decorated) -> Decorated:
    """`--html FILE`."""
    text = "Write the run as one page, FILE.html, that any browser opens without a network."
    return click.option("--html", metavar="FILE", help=text)(command)


def timeout_option(command: Decorated) -> Decorated:
    """`--timeout S`."""
    text = "The time limit of a request, in seconds. Default: 60."
    return click.option("--timeout", "timeout_s", type=float, metavar="S", help=text)(command)


def python_option(command: Decorated) -> Decorated:
    """`--python [TARGET=]PATH`."""
    text = (
        "Another interpreter for the servers of a target, or of all: a path, or a name on the PATH. "
        "Django and the server must be installed there. Repeatable."
    )
    return click.option("--python", "pythons", multiple=True, metavar="[TARGET=]PATH", help=text)(command)


def parameter_option(command: Decorated) -> Decorated:
    """`--set NAME=VALUE`."""
    text = "Set a parameter of the scenario, e.g. io_ms=500. Repeatable."
    return click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help=text)(command)


def database_option(command: Decorated) -> Decorated:
    """`--database-url URL`."""
    text = (
        "A PostgreSQL, for scenarios that use a database. A database of ours is made and dropped. "
        "What it leaves out, PG* variables and ~/.pgpass say, as they do for psql. "
        "A password in it can be read by other users in the process list: let @FILE name a file that holds the URL, "
        "or set ASGI_VS_WSGI_DATABASE_URL instead. Default: SQLite."
    )
    return click.option("--database-url", metavar="URL|@FILE", help=text)(command)


def probe_option(command: Decorated) -> Decorated:
    """`--no-probe` and `--no-lines`."""
    lines = "Look inside the workers, but not at their source lines: no blame. ASGI_VS_WSGI_NO_LINES=1 says the same."
    command = click.option("--no-lines", is_flag=True, help=lines)(command)
    return click.option("--no-probe", is_flag=True, help="Do not look inside the workers.")(command)


def threshold_options(command: Decorated) -> Decorated:
    """What a run is held to: `--assert`, `--strict`, `--junit`, `--baseline`."""
    claim = (
        "What is to hold of its figures, in quotes: '[TARGET/]FIGURE OP NUMBER[UNIT]' or "
        "'[TARGET/]FIGURE OP [NUMBER *] TARGET/FIGURE', such as 'uvicorn/latency_ms.p95 < 200ms' or "
        "'uvicorn/latency_ms.p95 < 0.5 * gunicorn-sync/latency_ms.p95'. OP: < <= == >= >. UNIT: us ms s min KiB MiB "
        "GiB % /s. FIGURE: as --json tells it. Exit status 3 where one does not hold. Repeatable."
    )
    strict = "Exit status 3 also where one is undecided, and where the scenario's own laws and checks do not hold."
    baseline = "An earlier run, for claims about `baseline:TARGET/FIGURE`."
    for option in (
        click.option("--baseline", metavar="OLD.avw", help=baseline),
        click.option("--junit", metavar="FILE", help="Write what became of the claims as JUnit XML."),
        click.option("--strict", is_flag=True, help=strict),
        click.option("--assert", "claims", multiple=True, metavar="CLAIM", help=claim),
    ):
        command = option(command)
    return command


THEMES_WORDS = "lab-dark, lab-light, lab-high-contrast or lab-colour-blind"


def theme_option(command: Decorated) -> Decorated:
    """`--theme NAME`, before or after `replay`."""
    text = f"Its colours from now on: {THEMES_WORDS}."
    return click.option("--theme", metavar="NAME", help=text)(command)


def presentation_option(command: Decorated) -> Decorated:
    """`--presentation`, before or after `replay`."""
    text = (
        "For a class: no chrome, and page down and up go from one moment of the lesson to the next. F5 does the same."
    )
    return click.option("--presentation", is_flag=True, help=text)(command)


def framing_options(command: Decorated) -> Decorated:
    """`--size`, `--mode`, `--theme`, `--plain` and `--title` of a picture."""
    modes = "watch, code, compare, pipeline, waterfall, vitals, tips, quiz or what-if"
    for option in (
        click.option("--title", default="", metavar="TEXT", help="A caption above the picture."),
        click.option("--plain", is_flag=True, help="Without header, modes, list and keys: for a slide."),
        click.option("--theme", default="lab-dark", metavar="NAME", help=f"{THEMES_WORDS}. Default: lab-dark."),
        click.option("--mode", default="watch", metavar="NAME", help=f"What to look at: {modes}. Default: watch."),
        click.option("--size", default="120x36", metavar="COLSxROWS", help="Of the terminal. Default: 120x36."),
    ):
        command = option(command)
    return command
