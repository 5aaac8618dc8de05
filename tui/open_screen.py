"""Opens the screen: guardian, Textual, first frame; then the lab, and only then the low priority.

Everything is imported where it is needed, so that whoever asks for `--help` waits for none of it.
"""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from typing import TYPE_CHECKING

from asgi_vs_wsgi.tui.terminal.supervisor import EXIT_SIGNALS, ScreenFlag, run_supervised

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from asgi_vs_wsgi.scenarios.catalog import Catalog
    from asgi_vs_wsgi.tui.lab_app import LabApp
    from asgi_vs_wsgi.tui.lab_client.client import Transport
    from asgi_vs_wsgi.tui.lab_client.spawner import LabProcess, LabSpawner
    from asgi_vs_wsgi.tui.screens.playlist import OpenedFile


def open_tui(
    scenario_dirs: tuple[str, ...] = (), *, animated: bool = True, keep: bool = True, present: bool = False
) -> int:
    """The laboratory on this terminal; returns when it is left, with the exit code of the command.

    Raises BadInput for a scenario directory that is none, before anything has happened to the terminal.
    """
    gc.disable()  # nothing that is imported and built until the first frame is garbage: a third of that time
    from asgi_vs_wsgi.scenarios.catalog import load_catalog

    catalog = load_catalog(scenario_dirs)
    return run_supervised(
        lambda on_screen: _on_screen(catalog, scenario_dirs, on_screen, animated=animated, keep=keep, present=present)
    )


def open_replay(
    files: Sequence[OpenedFile],
    scenario_dirs: tuple[str, ...] = (),
    *,
    animated: bool = True,
    keep: bool = True,
    present: bool = False,
) -> int:
    """The laboratory with saved runs or tournaments in it, the first of them on the screen."""
    gc.disable()
    from asgi_vs_wsgi.scenarios.catalog import load_catalog

    catalog = load_catalog(scenario_dirs)
    return run_supervised(
        lambda on_screen: _on_screen(
            catalog, scenario_dirs, on_screen, files, animated=animated, keep=keep, present=present
        )
    )


def _on_screen(
    catalog: Catalog,
    scenario_dirs: tuple[str, ...],
    on_screen: ScreenFlag,
    files: Sequence[OpenedFile] = (),
    *,
    animated: bool,
    keep: bool,
    present: bool,
) -> int:
    """In the child. The thread that starts labs is there before our own priority falls (tui.lab_client.spawner)."""
    from asgi_vs_wsgi.tui.lab_client.spawner import LabSpawner
    from asgi_vs_wsgi.tui.terminal.tty import may_animate, takes_more, terminal_rules

    terminal_rules()
    labs = LabConnections(LabSpawner(), keep=keep)
    from asgi_vs_wsgi.tui.lab_app import LabApp
    from asgi_vs_wsgi.tui.playback.loader import opened
    from asgi_vs_wsgi.tui.playback.session import Session
    from asgi_vs_wsgi.tui.recorded import first_run

    session = Session(labs.connect, animated=animated and may_animate())
    if not files and (still := first_run()):
        session.show_still(opened(still), still.result)
    app = LabApp(catalog, session, scenario_dirs=scenario_dirs)
    app.on_screen = on_screen.set
    app.lab_screen.own_project.use(labs.starter, keeps=keep)
    app.use_preferences()
    app.lab_screen.frames.pace.ready = takes_more
    if not session.animated:
        app.animation_level = "none"
    if not files:
        app.when_ready(labs.start_early)
        app.when_ready(partial(_tell_where_none_is_kept, app, keep=keep))
    app.when_ready(_settle_down)
    if files:
        app.when_ready(partial(app.lab_screen.playlist.begin, files))
    if present:
        app.when_ready(app.lab_screen.presentation.present)
    return asyncio.run(_run(app, labs))


class LabConnections:
    """The way to a lab: one that was started beforehand, or a new one where that is gone."""

    def __init__(self, starter: LabSpawner, *, keep: bool) -> None:
        self.starter = starter
        self._keep = keep
        """Whether runs are kept."""
        self._early: Future[LabProcess] | None = None

    def start_early(self) -> None:
        """It takes some tenths of a second to start: better before Enter is pressed than after."""
        self._early = self.starter.start()

    async def connect(self) -> Transport:
        """A lab to talk to."""
        from asgi_vs_wsgi.scenarios.storage.history import history_for
        from asgi_vs_wsgi.tui.lab_client.client import LabConnection

        lab, self._early = self._early or self.starter.start(), None
        return LabConnection(await asyncio.wrap_future(lab), str(history_for(keep=self._keep) or ""))

    async def close(self) -> None:
        """End a lab that nobody has talked to."""
        if self._early is not None:
            link = await self.connect()
            await link.close()


def _settle_down() -> None:
    """The first frame is there: give way to whoever is measured, and collect garbage, but not what stays for good."""
    from asgi_vs_wsgi.tui.lab_client.spawner import lower_priority

    lower_priority()
    gc.freeze()
    gc.enable()


def _tell_where_none_is_kept(app: LabApp, *, keep: bool) -> None:
    """Before anything is measured that would be lost."""
    from asgi_vs_wsgi.scenarios.storage.history import no_place_words

    if words := no_place_words(keep=keep):
        app.notify(words, severity="warning")


async def _run(app: LabApp, labs: LabConnections) -> int:
    """Until the user leaves, or a signal tells us to; the terminal is as it was, the lab is gone."""
    loop = asyncio.get_running_loop()
    for number in EXIT_SIGNALS:
        loop.add_signal_handler(number, app.leave, 128 + number)
    try:
        await app.run_async()
    finally:
        await app.lab_screen.own_project.close()
        await app.session.close()
        await labs.close()
    return app.return_code or 0
