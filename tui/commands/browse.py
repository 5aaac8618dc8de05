"""`browse`: a scenario's page in a real browser; what was measured until a Ctrl+C is stored as that of `run` is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.model.scenario import CONCURRENCY
from asgi_vs_wsgi.scenarios.planning.load import beside_load
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.tui.commands.run import exit_code, report_run, run_and_autosave

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.experiment import Options


def browse_scenario(
    options: Options,
    concurrency: int | None,
    *,
    traced: bool,
    as_json: bool,
    save: str | None,
    html: str | None,
    keep: bool,
) -> int:
    """Check, measure, report, save, keep."""
    if concurrency is not None and (reason := CONCURRENCY.refuse(concurrency)):
        raise BadInput(f"--concurrency: {reason}", hint=f"a whole number from {CONCURRENCY}")
    experiment = resolve(options, load_catalog(options.scenario_dirs))
    from asgi_vs_wsgi.scenarios.browser.browse import browse  # bad input is told at once
    from asgi_vs_wsgi.scenarios.browser.chromium import find_browser
    from asgi_vs_wsgi.tui.commands.save_run import Storage, check_files, report_then_store

    browser = find_browser()
    check_files(save, html)
    experiment = replace(experiment, load=beside_load(experiment.load, concurrency))
    storage = Storage(experiment.scenario, keep=keep, save=save, html=html)
    outcome = run_and_autosave(experiment, storage, partial(browse, traced=traced), browser)
    stored = report_then_store(partial(report_run, experiment, outcome, as_json=as_json), storage, outcome)
    return exit_code(experiment, outcome.result) or stored
