"""Opens the screen: guardian, lab, priority, Textual, in this order.

Everything is imported where it is needed: the lab's process starts up while Textual is imported, and whoever asks
for `--help` waits for neither.
"""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tui.guardian import ENDING, OnScreen, guarded

if TYPE_CHECKING:
    from scenarios.catalog import Catalog
    from tui.app import LabApp
    from tui.lab_starter import LabProcess, LabStarter
    from tui.session import Connect, Link


def open_tui(scenario_dirs: tuple[str, ...] = ()) -> int:
    """The laboratory on this terminal; returns when it is left, with the exit code of the command.

    Raises BadInput for a scenario directory that is none, before anything has happened to the terminal.
    """
    gc.disable()  # nothing that is imported and built until the first frame is garbage: a third of that time
    from scenarios.catalog import load_catalog

    catalog = load_catalog(scenario_dirs)
    return guarded(lambda on_screen: _on_screen(catalog, scenario_dirs, on_screen))


def _on_screen(catalog: Catalog, scenario_dirs: tuple[str, ...], on_screen: OnScreen) -> int:
    """In the child: the lab first, since it is to have the priority that we are about to give up."""
    from tui.lab_starter import LabStarter, lower_priority

    starter = LabStarter()
    first = starter.start()
    lower_priority()
    from tui.app import LabApp
    from tui.recorded import read_news
    from tui.session import Session

    session = Session(connecting(starter, first))
    session.show_still(read_news())
    app = LabApp(catalog, session, scenario_dirs=scenario_dirs)
    return asyncio.run(_run(app, on_screen))


def connecting(starter: LabStarter, first: Future[LabProcess]) -> Connect:
    """The way to a lab: the one that was started with the program, or a new one when that is gone."""
    waiting = [first]

    async def connect() -> Link:
        from tui.lab_link import LabLink

        lab = waiting.pop() if waiting else starter.start()
        return LabLink(await asyncio.wrap_future(lab))

    return connect


def _collect_garbage() -> None:
    """From now on; what is there already stays for good and need not be looked through."""
    gc.freeze()
    gc.enable()


async def _run(app: LabApp, on_screen: OnScreen) -> int:
    """Until the user leaves, or a signal tells us to; the terminal is as it was, the lab is gone."""
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, app.leave, 128 + number)
    app.when_ready(_collect_garbage)
    on_screen.set(True)
    try:
        await app.run_async()
    finally:
        await app.session.close()
    on_screen.set(False)
    return app.return_code or 0
