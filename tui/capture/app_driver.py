"""The real app without a terminal, on a saved run and a clock of its own: what it shows now, and as time passes.

Runs what draws without a terminal; a signal ends it cleanly, so that nothing half-made is left in a folder.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import Interrupted, LabError
from asgi_vs_wsgi.scenarios.load.client_errors import check_open_files
from asgi_vs_wsgi.tui.capture.screen_frame import capture
from asgi_vs_wsgi.tui.lab_app import LabApp
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.terminal.supervisor import EXIT_SIGNALS
from asgi_vs_wsgi.tui.user_data import QuizAnswers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from textual.pilot import Pilot

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.tui.capture.frame import Frame, Framing
    from asgi_vs_wsgi.tui.lab_client.client import Transport
    from asgi_vs_wsgi.tui.playback.lesson_steps import Step
    from asgi_vs_wsgi.tui.playback.playback import Playback


_AT_REST = 3
"""A change of layout tells the widgets their sizes, and they then ask to be drawn anew."""
_MOST_DRAWINGS = 40
"""Until it is laid out; a screen that never comes to rest is a fault of ours."""


@dataclass(slots=True)
class StillClock:
    """Goes on only when it is told to."""

    now_s: float = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


class AppDriver:
    """Lets time pass for an app that is shown to nobody, and takes what would be seen."""

    def __init__(self, app: LabApp, clock: StillClock, pilot: Pilot[int], title: str) -> None:
        self._app, self._clock, self._pilot, self._title = app, clock, pilot, title

    @property
    def steps(self) -> list[Step]:
        """The moments that the lesson points at."""
        return self._app.lab_screen.presentation.steps(self.show)

    @property
    def show(self) -> Playback:
        """What is played."""
        show = self._app.session.show
        assert show is not None
        return show

    def pass_time(self, seconds: float) -> None:
        """As it would for a person; at most a quarter of a second at once."""
        self._clock.now_s += seconds
        self._app.lab_screen.frames.frame()

    def go_to(self, at_s: float | None) -> None:
        """To so many seconds after each target's first visitor, or to the end."""
        if at_s is None or at_s * 1e9 >= self.show.extent_ns:
            self.show.to_end()
        else:
            self.show.step(round(at_s * 1e9) - self.show.position_ns)

    async def seen(self) -> Frame:
        """What the screen shows once everything is laid out: nothing differs any more, however often it is drawn."""
        frame, same = await self._drawn(), 0
        while self._app.lab_screen.modes.simulation.busy:
            await asyncio.sleep(0.01)
        for _ in range(_MOST_DRAWINGS):
            before, frame = frame, await self._drawn()
            same = same + 1 if frame == before else 0
            if same == _AT_REST:
                break
        return frame

    async def _drawn(self) -> Frame:
        self._app.lab_screen.redraw()
        await self._pilot.pause(0)
        return capture(self._app, self._title)


@asynccontextmanager
async def shown(saved: SavedRun, framing: Framing, *, captions: bool = False) -> AsyncIterator[AppDriver]:
    """The app with this run in it, at its start. Nothing of the user's own is read or written.

    Nobody presses a key in a picture: nothing has the focus. `captions`: with what the lesson says of each moment.
    """
    with TemporaryDirectory(prefix="asgi-vs-wsgi-picture-") as name:
        folder, clock = Path(name), StillClock()
        catalog = load_catalog(framing.scenario_dirs)
        session = Session(_no_lab)
        session.replay(saved)
        app = LabApp(catalog, session, clock=clock, quiz_book=QuizAnswers(folder / "quiz.json"))
        app.theme, app.animation_level = framing.theme, "none"
        async with app.run_test(size=(framing.columns, framing.lines)) as pilot:
            app.lab_screen.focus_control.nowhere = True
            app.lab_screen.presentation.frame_picture(framing.title, plain=framing.plain, captions=captions)
            app.lab_screen.runs.watch_replay()
            app.lab_screen.mode_control.mode(framing.mode)
            yield AppDriver(app, clock, pilot, _title(app.lab_screen.scenario, saved, framing))


async def _no_lab() -> Transport:
    raise LabError("there is no lab behind a picture")


def _title(scenario: Scenario | None, saved: SavedRun, framing: Framing) -> str:
    """For people who cannot see the picture."""
    title = scenario.toml.title if scenario else saved.scenario.name
    targets = ", ".join(target.facts.label for target in saved.targets)
    return f"{title}: {targets} ({framing.mode})"


Drawn = TypeVar("Drawn")


def run_offscreen(work: Coroutine[Any, Any, Drawn]) -> Drawn:
    """What comes out; Interrupted by SIGINT, SIGTERM or SIGHUP."""
    try:
        check_open_files()
        return asyncio.run(_until_signal(work))
    finally:
        work.close()


async def _until_signal(work: Coroutine[Any, Any, Drawn]) -> Drawn:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    caught: list[int] = []

    def stop(number: int) -> None:
        caught.append(number)
        task.cancel()

    for number in EXIT_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise Interrupted(caught[0]) from None
