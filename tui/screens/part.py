"""What the parts of the screen share: the commands that keys name, and what of the screen they may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.screens.frame_loop import FrameLoop
    from asgi_vs_wsgi.tui.widgets.stage import Stage


class Host(Protocol):
    """The screen, as its parts see it."""

    @property
    def scenario(self) -> Scenario | None:
        """What is looked at; None for a broken folder."""

    @property
    def playing(self) -> Playback | None:
        """The run that keys act on; None where there is none, and over the still picture of one."""

    @property
    def stage(self) -> Stage:
        """Where it is shown."""

    @property
    def frames(self) -> FrameLoop:
        """By which it is drawn."""

    def redraw(self) -> None:
        """One frame of everything, from what is known now."""


class Part(Protocol):
    """`COMMANDS` are methods of it."""

    COMMANDS: ClassVar[frozenset[str]]

    def may(self, command: str) -> bool:
        """Whether a key of that command would do something now."""
