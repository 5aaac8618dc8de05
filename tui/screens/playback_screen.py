"""A screen that shows a session: the frame loop, and the keys that move the playhead.

Each frame takes in what the lab has said, lets the playhead move, and draws if anything differs. When nothing can
change before somebody presses a key, there are no frames.
"""

from __future__ import annotations

import time
from abc import abstractmethod

from textual import on
from textual.binding import Binding
from textual.screen import Screen
from textual.timer import Timer

from asgi_vs_wsgi.tui.playback.clock import Clock
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.playback.session import Session
from asgi_vs_wsgi.tui.playback.speed import Viewport
from asgi_vs_wsgi.tui.terminal.output_rate import RATES, STILL, FrameBudget, OutputRateLimiter
from asgi_vs_wsgi.tui.terminal.partial_repaint import NarrowCompositor
from asgi_vs_wsgi.tui.widgets.ruler import Ruler

WORDS_EVERY = 3
"""Figures that change in every frame cannot be read, and cost a repaint at both ends of the screen."""
STEPS_PER_VIEW = 60
"""How many steps of the arrow keys the stretch in view is divided into."""

PLAYER_BINDINGS = [
    Binding("space", "pause", "pause", id="pause", tooltip="Hold or release the playhead; recording goes on"),
    Binding("r", "again", "again", id="again", tooltip="Show the recording from its start"),
    Binding("j", "event(1)", "event", key_display="j J", id="next_event", tooltip="To the next event of any visitor"),
    Binding("J", "event(-1)", "event before", show=False, id="event_before", tooltip="To the event before"),
    Binding("0,home", "to_start", "start", show=False, key_display="0", id="start", tooltip="To the start, and hold"),
    Binding("e,end", "to_end", "end", key_display="e", id="end", tooltip="Show all that is recorded"),
    Binding("left", "step(-1)", "step", key_display="←→", id="earlier", tooltip="A little earlier"),
    Binding("right", "step(1)", "later", show=False, id="later", tooltip="A little later"),
    Binding("comma", "speed(-1)", "speed", key_display=", .", id="slower", tooltip="Show it more slowly"),
    Binding("full_stop", "speed(1)", "faster", show=False, id="faster", tooltip="Show it faster"),
    Binding("plus,equals_sign", "zoom(1)", "zoom", key_display="+ -", id="closer", tooltip="Zoom in"),
    Binding("minus", "zoom(-1)", "zoom out", show=False, id="further", tooltip="Zoom out"),
    Binding("f", "fit", "fit", id="fit", tooltip="Fit everything, or follow the playhead"),
]
MOVING_ACTIONS = frozenset({"again", "speed"})
"""Without animation they would do nothing."""
PLAYER_ACTIONS = frozenset({"pause", "event", "to_start", "again", "to_end", "step", "speed", "zoom", "fit"})


class PlaybackScreen(Screen[None]):
    """Says what it shows through `redraw` (everything) and `draw_lanes` (what moves)."""

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__()
        self._compositor = NarrowCompositor()
        self.session = session
        self.view = Viewport()
        self.resting = True
        """Whether no frames are drawn."""
        self._clock = clock
        self._drawn_s = clock()
        self._news = self._moved = self._asked = False
        """What has happened since something was drawn: in the lab, to the playhead, and by a key or the mouse."""
        self._frames = 0
        self._budget = FrameBudget(lambda: time.thread_time() - session.ahead_cpu_s)
        self.pace = OutputRateLimiter() if session.animated else OutputRateLimiter(STILL)
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Time stands still until something runs."""
        self._timer = self.set_interval(1 / RATES[0], self.frame, pause=True)

    @abstractmethod
    def redraw(self) -> None:
        """One frame of everything, from what is known now."""

    @abstractmethod
    def draw_lanes(self) -> None:
        """One frame of what the playhead moves."""

    @property
    @abstractmethod
    def playing(self) -> Playback | None:
        """What the keys of the playhead act on; None where they do nothing."""

    def frame(self) -> None:
        """Take in what is new, let the playhead move, draw if anything differs and a frame is due."""
        now_s = self._clock()
        elapsed_s, self._drawn_s = now_s - self._drawn_s, now_s
        self._news |= self.session.poll(hurried=self._asked)
        self._tell_notice()
        show = self.session.show
        self._moved |= show.advance(elapsed_s) if show else False
        self._news |= self.session.turn()
        resting = self.session.idle and (show is None or show.paused or show.at_end)
        if resting or self._asked or (self._budget.due(now_s) and self.pace.due(now_s)):
            self._draw(everything=resting)
        if resting:
            self._rest()

    def _tell_notice(self) -> None:
        if notice := self.session.notice:
            self.session.notice = ""
            self.notify(notice, severity="warning")

    def _draw(self, *, everything: bool) -> None:
        self._frames += self._moved
        every = WORDS_EVERY if self.pace.rate == RATES[0] else 1
        if everything or self._news or self._asked or (self._moved and self._frames % every == 0):
            self.redraw()
        elif self._moved:
            self.draw_lanes()
        self._news = self._moved = self._asked = False

    def _rest(self) -> None:
        """Nothing will change before somebody presses a key: no work at all."""
        self.resting = True
        if self._timer:
            self._timer.pause()

    def wake(self) -> None:
        """Time goes on."""
        self.resting = False
        self._drawn_s = self._clock()
        if self._timer:
            self._timer.resume()

    def may_play(self, action: str) -> bool:
        """Whether a key of the playhead would do something."""
        show = self.playing
        if show is None or show.animated:
            return show is not None and not (action == "to_end" and show.at_end)
        return action not in MOVING_ACTIONS and not (action in ("to_end", "pause") and show.at_end)

    # ---- actions

    def _move_on(self) -> None:
        """The next frame shows it, and comes at once after a rest: a hand moves faster than a screen is drawn."""
        self._asked = True
        self.wake()

    def action_pause(self) -> None:
        """Hold or release the playhead; at the end there is nothing to hold, so it starts again."""
        if show := self.playing:
            if show.at_end:
                show.again()
            else:
                show.paused = not show.paused
            self._move_on()

    def action_again(self) -> None:
        """From the start."""
        if show := self.playing:
            show.again()
            self._move_on()

    def action_to_end(self) -> None:
        """Everything at once."""
        if show := self.playing:
            show.to_end()
            self._move_on()

    def action_to_start(self) -> None:
        """To the first visitor, and hold."""
        if show := self.playing:
            show.go_to(0)
            self._move_on()

    def action_event(self, direction: int) -> None:
        """To the next event of any visitor, or to the one before."""
        if (show := self.playing) and show.step_event(direction):
            self._move_on()

    @on(Ruler.Scrubbed)
    def _scrub(self, event: Ruler.Scrubbed) -> None:
        """The mouse moves the playhead; what is in view stays while it is down."""
        if show := self.playing:
            self.view.held = event.stretch if event.down else None
            show.go_to(event.at_ns)
            self._move_on()

    def action_step(self, direction: int) -> None:
        """A little earlier or later."""
        if show := self.playing:
            start, end = self.view.stretch(show.extent_ns, show.position_ns)
            show.step(direction * (end - start) // STEPS_PER_VIEW)
            self._move_on()

    def action_speed(self, steps: int) -> None:
        """Slower or faster."""
        if show := self.playing:
            show.change_speed(steps)
            self._move_on()

    def action_zoom(self, steps: int) -> None:
        """Closer or further."""
        self.view.change(steps)
        self.redraw()

    def action_fit(self) -> None:
        """Everything, or the part around the playhead."""
        self.view.toggle()
        self.redraw()
