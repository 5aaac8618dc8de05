"""`project [PATH]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.tui.arguments.options import (
    TARGET,
    arrivals_options,
    json_option,
    keep_option,
    keeps,
    probe_option,
    requests_option,
    save_option,
    threshold_options,
    timeout_option,
)
from asgi_vs_wsgi.tui.arguments.run import WholeNumbers

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.experiment import Options

_OF_A_LOOK = frozenset({"path", "look", "tries", "python", "settings", "sarif", "as_json"})
_OF_A_TRIAL = frozenset(
    {
        *("pages", "har", "log", "user", "headers", "host"),
        *("allow_writes", "allow_network", "remote_database", "yes"),
    }
)


@click.command("project")
@click.argument("path", default=".")
@click.option("--look", is_flag=True, help="Import it, start no server, send nothing: stop there.")
@click.option("--try", "tries", is_flag=True, help="Look, then ask for each page twice, alone, and stop there.")
@click.option(
    "--python", metavar="PATH", help="Its own Python, or its environment's folder. Default: the one beside it."
)
@click.option("--settings", metavar="MODULE", help="Its settings. Default: what manage.py says.")
@click.option(
    "--sarif",
    metavar="FILE",
    help="Write the places that would hold the event loop as SARIF, for editors and code hosts.",
)
@click.option(
    "--page",
    "pages",
    multiple=True,
    metavar="PATH[=WEIGHT]",
    help="A page to ask for, and how often among the others. Repeatable. Default: what look and try find.",
)
@click.option(
    "--har",
    metavar="FILE",
    help="Ask for what a browser has recorded, as often: DevTools, Save all as HAR. With --arrivals recorded when that "
    "was asked for; with --rate R as many a second: thinned, or in less time.",
)
@click.option("--log", metavar="FILE", help="The same of what a web server has logged (combined format).")
@click.option("--as", "user", metavar="USER", help="Signed in as USER, in the copy of the database.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent with each request. Repeatable.")
@click.option("--host", metavar="NAME", help="The host that is asked for. Default: one of ALLOWED_HOSTS.")
@click.option(
    "--allow-writes",
    is_flag=True,
    help="Pages may write, files too, and are taken all the same; what a HAR's browser has posted is posted, with a "
    "CSRF token of each visitor's own.",
)
@click.option("--allow-network", is_flag=True, help="Pages may call other machines, and are taken all the same.")
@click.option("--remote-database", is_flag=True, help="Its database may be on another machine: a copy is made there.")
@click.option("--yes", is_flag=True, help="Use a database of which no copy can be made as it is.")
@click.option("--target", "targets", multiple=True, metavar=TARGET, help="Instead of the usual three. Repeatable.")
@requests_option
@arrivals_options
@click.option("--rounds", type=int, default=3, metavar="N", help="Measure so often; the median counts. Default: 3.")
@click.option("--ladder", type=WholeNumbers(), default=(), help="Repeat with so many visitors: a curve.")
@click.option(
    "--sweep-threads",
    is_flag=True,
    help="Then: one worker of gunicorn-gthread with 1, 2, 4, 8, 16 threads, until more bring less than a tenth.",
)
@timeout_option
@threshold_options
@save_option
@keep_option
@probe_option
@json_option
@click.pass_context
def project_command(context: click.Context, /, path: str, look: bool, tries: bool, **chosen: Any) -> int:
    """Would ASGI help your own Django project? Not a line of it is changed.

    PATH is its folder, or its manage.py. Three steps; --look and --try stop after theirs.

    look: it is imported in its own Python, apart from this program: what it runs on, its middleware and what that
    costs under ASGI, every URL pattern with its view, how often a request for it would cross between the event loop
    and a thread (hops), and what in its code would hold the event loop: places to look at.

    try: its pages are asked for, without a server: what each answers, how long it takes, what it asks the database,
    and what it writes, starts or calls. Its databases are copied for that (or opened for reading alone), mail goes to
    memory, and files and other machines are refused to it; pages that fail, want a login, write or call others are
    told, and left out of the run.

    run: the pages are visited on live servers, WSGI and ASGI, on a copy of its database, and the answer is told: what
    each page computes and waits for, and what each server makes of it.

    For a log of what this program does, name it before the word: asgi-vs-wsgi-tui --log FILE project.
    """
    from asgi_vs_wsgi.tui.commands import project
    from asgi_vs_wsgi.tui.commands.check import asked_of

    where = project.Where(path, chosen["settings"], chosen["python"], chosen["sarif"])
    as_json = chosen["as_json"]
    _refuse_later(context, look=look, tries=tries)
    if look:
        return project.look_at_one(where, as_json=as_json)
    asked = project.asked_of(chosen)
    if tries:
        return project.try_one(where, asked, as_json=as_json)
    keep = keeps(context, no_keep=chosen["no_keep"])
    held_to = asked_of(chosen)
    stored = project.Stored(chosen["save"], keep=keep)
    sweeps = chosen["sweep_threads"]
    return project.run_one(where, asked, _options(chosen), held_to, stored, as_json=as_json, sweeps=sweeps)


def _refuse_later(context: click.Context, *, look: bool, tries: bool) -> None:
    """What belongs to a step that is not reached is not passed over in silence."""
    if not look and not tries:
        return
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) != ParameterSource.COMMANDLINE or name in _OF_A_LOOK:
            continue
        step = "trial" if name in _OF_A_TRIAL else "run"
        if look or step == "run":
            stops = "--look" if look else "--try"
            raise BadInput(f"{parameter.opts[0]}: of a {step}, which is not reached", hint=f"leave out {stops}")


def _options(chosen: dict[str, Any]) -> Options:
    """Those of any run; the scenario is written of the project."""
    from asgi_vs_wsgi.scenarios.model.experiment import Options

    given = {name: chosen[name] for name in Options.__struct_fields__ if name in chosen}
    return Options("", **given, probe=not chosen["no_probe"], lines=not chosen["no_lines"])
