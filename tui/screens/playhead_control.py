"""What keys and the mouse do to the playhead, and to the part of the time axis that is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from asgi_vs_wsgi.tui.playback.viewport import Viewport

if TYPE_CHECKING:
    from asgi_vs_wsgi.tui.screens.keys import Host
    from asgi_vs_wsgi.tui.widgets.ruler import Ruler

STEPS_PER_VIEW = 60
"""How many steps of the arrow keys the stretch in view is divided into."""
MOVING = frozenset({"again", "speed"})
"""Without animation they would do nothing."""


class PlayheadControl:
    """A part of the screen."""

    COMMANDS: ClassVar = frozenset({"pause", "event", "to_start", "again", "to_end", "step", "speed", "zoom", "fit"})

    def __init__(self, host: Host) -> None:
        self._host = host
        self.view = Viewport()

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
            start, end = self.view.stretch(show.extent_ns, show.position_ns)
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

    def fit(self) -> None:
        """Everything, or the part around the playhead."""
        self.view.toggle()
        self._host.redraw()
