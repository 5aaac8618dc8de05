"""The whole screen on a fake lab and a fake clock, and ways to let a run pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fake_link import FakeClock, FakeLink
from made_catalog import made_catalog
from made_news import read_news, shown

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.lab.protocol import Update
from asgi_vs_wsgi.tui.lab_app import LabApp
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.screens.watch import WatchScreen

RECORDED = Path(__file__).parent / "recordings" / "slow-io.news"


class MadeApp:
    """An app that is not running yet, with its parts at hand."""

    def __init__(
        self, news: Sequence[Update] = (), *, catalog: Catalog | None = None, animated: bool = True, **fake: int
    ) -> None:
        self.link = FakeLink(news, **fake)
        self.clock = FakeClock()
        self.session = Session(self._connect, animated=animated)
        self.session.show_still(shown(read_news(RECORDED)))
        self.app = LabApp(catalog or made_catalog(), self.session, clock=self.clock)

    async def _connect(self) -> FakeLink:
        return self.link

    @property
    def screen(self) -> WatchScreen:
        return self.app.lab_screen

    def hold_frames(self) -> None:
        """From now on there are only the frames that a test asks for: the screen's own come by the machine's time."""
        frames = self.screen.frames
        assert frames._timer
        frames._timer.stop()
        frames._timer = None

    async def all_told(self, pilot) -> None:
        """Every News is taken in while the playhead stands still."""
        for _ in range(3000):
            await pilot.pause(0)
            self.screen.frames.frame()
            if self.session.idle:
                return
        raise AssertionError("the fake lab never came to an end")

    async def until(self, pilot, true: Callable[[], object]) -> None:
        """Until it is so. A key is not yet obeyed when `pilot.press` returns on a machine that is busy with others."""
        for _ in range(3000):
            if true():
                return
            await pilot.pause(0.01)
        raise AssertionError("it never came to be")

    async def until_shown(self, pilot, seconds: float, frame_s: float = 0.1, *, dropped: int = 0) -> None:
        """Let so much time pass before the screen, in frames: as many as there are before it comes to rest.

        Between two that are drawn, so many are `dropped`, as on a machine that is too busy to draw them.
        """
        end_s = self.clock.now_s + seconds
        for _ in range(int(seconds / frame_s / (1 + dropped))):
            if show := self.session.show:
                for _ in range(dropped):
                    show.advance(frame_s)
            self.clock.now_s += frame_s
            self.screen.frames.frame()
            if self._nothing_moves():
                break
        self.clock.now_s = end_s
        self.screen.redraw()
        await pilot.pause()

    def _nothing_moves(self) -> bool:
        show = self.session.show
        return self.session.idle and (show is None or show.paused or show.at_end)

    async def to_the_end(self, pilot) -> None:
        await self.all_told(pilot)
        await self.until_shown(pilot, 30, frame_s=0.25, dropped=4)


def recorded_race(result=None) -> list[Update]:
    """The run that is shipped, as if it went on now."""
    news = [Update(each.at_ns, each.progress, each.opened, each.feeds, running=True) for each in read_news(RECORDED)]
    return [*news, Update(news[-1].at_ns, result=result)]
