"""What keys and the mouse do to the playhead, and to the part of the time axis that is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.tui.playback.viewport import Viewport

if TYPE_CHECKING:
    from asgi_vs_wsgi.tui.playback.playback import Playback, TargetPlayback
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.widgets.ruler import Ruler

STEPS_PER_VIEW = 60
"""How many steps of the arrow keys the stretch in view is divided into."""
MOVING = frozenset({"again", "speed"})
"""Without animation they would do nothing."""
LEAST_GAIN = 1.25
"""So much wider a target must become for the axis to be its own."""


class PlayheadControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"pause", "event", "to_start", "again", "to_end", "step", "speed", "zoom", "fit"})

    def __init__(self, host: Host) -> None:
        self._host = host
        self.view = Viewport()
        self._fitted: TargetPlayback | None = None
        """The target that fills the axis."""

    def may(self, command: str) -> bool:
        """Whether a key would do something."""
        show = self._host.playing
        if show is None or show.animated:
            return show is not None and not (command == "to_end" and show.at_end)
        return command not in MOVING and not (command in ("to_end", "pause") and show.at_end)

    def pause(self) -> None:
        """Hold or release the playhead; at the end there is nothing to hold, so it starts again."""
        if show := self._host.playing:
            if show.at_end:
                show.again()
            else:
                show.paused = not show.paused
            self._host.frames.ask()

    def again(self) -> None:
        """From the start."""
        if show := self._host.playing:
            show.again()
            self._host.frames.ask()

    def to_end(self) -> None:
        """Everything at once."""
        if show := self._host.playing:
            show.to_end()
            self._host.frames.ask()

    def to_start(self) -> None:
        """To the first visitor, and hold."""
        if show := self._host.playing:
            show.go_to(0)
            self._host.frames.ask()

    def event(self, direction: int) -> None:
        """To the next event of any visitor, or to the one before."""
        if (show := self._host.playing) and show.step_event(direction):
            self._host.frames.ask()

    def scrub(self, scrubbed: Ruler.Scrubbed) -> None:
        """The mouse moves the playhead; what is in view stays while it is down."""
        if show := self._host.playing:
            self.view.held = scrubbed.stretch if scrubbed.down else None
            show.go_to(scrubbed.at_ns)
            self._host.frames.ask()

    def step(self, direction: int) -> None:
        """A little earlier or later."""
        if show := self._host.playing:
            start, end = self.stretch(show)
            show.step(direction * (end - start) // STEPS_PER_VIEW)
            self._host.frames.ask()

    def speed(self, steps: int) -> None:
        """Slower or faster."""
        if show := self._host.playing:
            show.change_speed(steps)
            self._host.frames.ask()

    def zoom(self, steps: int) -> None:
        """Closer or further."""
        self.view.change(steps)
        self._host.redraw()

    def stretch(self, show: Playback) -> tuple[int, int]:
        """What of the time axis is in view."""
        target = self._fitted = self._still_going(show, self._fitted)
        return self.view.stretch(target.over_ns if target else show.extent_ns, show.position_ns)

    def fit(self) -> None:
        """One target, which fills the axis; again: everything. Of targets that all take as long, a part of them."""
        show = self._host.playing
        if self.view.zoom or self._fitted:
            self._fitted, self.view.zoom = None, 0
        elif show and (quick := self._quick(show)):
            self._fitted = quick
        else:
            self.view.toggle()
        self._host.redraw()

    def _quick(self, show: Playback) -> TargetPlayback | None:
        """The target that somebody points at, else the first to end after the playhead; at the end of all the quickest.

        None where it would fill no more of the axis than it does.
        """
        ends = sorted((target for target in show.targets if target.over_ns), key=lambda target: target.over_ns)
        after = [target for target in ends if show.at_end or target.over_ns > show.position_ns]
        picked = self._host.main_area.picked_out
        found = picked if picked in after else next(iter(after), None)
        return found if found and found.over_ns * LEAST_GAIN < show.extent_ns else None

    def _still_going(self, show: Playback, target: TargetPlayback | None) -> TargetPlayback | None:
        """The same, or, when the playhead has left its end behind, what goes on after it."""
        if target is None or target not in show.targets:
            return None
        if show.at_end or not target.over_ns or show.position_ns <= target.over_ns:
            return target
        return self._quick(show)
