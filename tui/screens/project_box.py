"""What a `project` or `browse` command says while it works, in a box over the screen; and its report, or why it failed.

╭─ Your own project · run · 12 s ───────────────────────────────────────────╮
│ shop: reading its URL patterns                                            │
│ shop: 3 of 8, /books/                                                     │
│ measuring uvicorn, round 2 of 3                                           │
╰──────────────────────────────────────────────────────── esc ends it ──────╯
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from asgi_vs_wsgi import PROGRAM
from asgi_vs_wsgi.scenarios.untrusted_text import one_line, printable
from asgi_vs_wsgi.tui.screens.help import Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from asgi_vs_wsgi.tui.lab_client.project_child import ProjectChild

SAYS = f"{PROGRAM}: "
"""Begins the line that tells of a failure."""
WORKING, ENDING = "esc ends it", "ending it, and its servers…"
OVER = "r again   esc back"
TOLD_EVERY_S = 0.25
MOST_SHOWN = 200
"""Of its lines of progress, the last."""
_FOR_PROGRAMS = re.compile(r"ready \S+ \d+")
"""Lines that say to a program that a server is there."""
MINUTE_S = 60


class Came(NamedTuple):
    """How it ended: the box was left, with a saved run where there is one to be shown."""

    saved: bool
    failure: str = ""
    """Why the saved run is not whole, or not as it should be; empty where the user has ended it."""


class ProjectBox(ModalScreen[Came]):
    """Starts the command, and is not left before that has ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "end it, or back", key_display="esc", tooltip="End it; afterwards: back"),
        Binding("r", "again", "again", tooltip="The same once more, when it has ended"),
        Binding("f1,question_mark", "app.help", "help", tooltip="Explain this box"),
    ]

    def __init__(self, title: str, start: Callable[[], Awaitable[ProjectChild]], run_file: Path) -> None:
        """`run_file`: where the command saves its run, if it comes to one."""
        super().__init__()
        self._title, self._start, self._run_file = title, start, run_file
        self._child: ProjectChild | None = None
        self._ending = False
        self._began_s = time.monotonic()
        self._took_s: float | None = None
        self._shown = 0
        """How many lines it had said when they were last told."""

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Vertical(id="project-box") as box:
            box.border_subtitle = Content(WORKING)
            with Text(id="project-text"):
                yield Static(id="project-words")

    def on_mount(self) -> None:
        """It begins."""
        self.query_one(Text).focus()
        self.set_interval(TOLD_EVERY_S, self._tell)
        self._begin()

    def _begin(self) -> None:
        self._child, self._ending, self._took_s, self._shown = None, False, None, -1
        self._began_s = time.monotonic()
        self.query_one("#project-box").border_subtitle = Content(WORKING)
        self._tell()
        self.run_worker(self._work())

    async def _work(self) -> None:
        try:
            self._child = await self._start()
        except (OSError, ValueError) as error:  # a ValueError: a zero byte in what was typed
            reason = error.strerror if isinstance(error, OSError) and error.strerror else one_line(str(error))
            self._end([Content.styled(f"✕ it could not be started: {reason}", "bold $error")])
            return
        if self._ending:
            self._child.end()
        status = await self._child.ended()
        while self._is_there and self.app.screen is not self:  # help lies over it
            await asyncio.sleep(TOLD_EVERY_S)
        if not self._is_there:
            return
        if self._run_file.exists():
            failed = status != 0 and not self._ending
            self.dismiss(Came(saved=True, failure=_last_words(self._child.words) if failed else ""))
        elif self._ending:
            self.dismiss(Came(saved=False))
        elif status == 0:
            self._end([Content(printable(line)) for line in self._child.report])
        else:
            self._end(_failure(self._child.words, status))

    def _end(self, lines: Sequence[Content]) -> None:
        """Its last words, or its report, take the place of its progress."""
        self._took_s = time.monotonic() - self._began_s
        self.query_one("#project-box").border_subtitle = Content(OVER)
        self.query_one("#project-words", Static).update(Content("\n").join(lines))
        self.query_one(Text).scroll_home(animate=False)
        self._tell()

    def _tell(self) -> None:
        """How long it has gone on, and what is new."""
        if not self._is_there:
            return
        took_s = time.monotonic() - self._began_s if self._took_s is None else self._took_s
        title = f"{printable(self._title)} · {_clock(took_s)}"
        self.query_one("#project-box").border_title = Content(title)
        told = self._child.words_told if self._child else 0
        if self._took_s is None and told != self._shown:
            self._shown = told
            said = _progress(self._child.words) if self._child else []
            self.query_one("#project-words", Static).update(Content("\n").join(map(Content, said[-MOST_SHOWN:])))
            self.query_one(Text).scroll_end(animate=False)

    @property
    def _is_there(self) -> bool:
        """Whether there is somebody to tell: the program may be on its way out."""
        return self.app.is_running and bool(self.query("#project-words"))

    @property
    def works(self) -> bool:
        """Whether the command runs, or is about to."""
        return self._took_s is None

    def interrupt(self) -> bool:
        """Ctrl+C, as in a shell; False where there is nothing to end, or it was asked to already."""
        if not self.works or self._ending:
            return False
        self._ending = True
        self.query_one("#project-box").border_subtitle = Content(ENDING)
        if self._child is not None:
            self._child.end()
        return True

    def action_leave(self) -> None:
        """End it; where it has ended, back to the form."""
        if self.works:
            self.interrupt()
        elif self.app.screen is self:
            self.dismiss(Came(saved=False))

    def action_again(self) -> None:
        """With the same values."""
        if not self.works:
            self._begin()


def _progress(lines: Iterable[str]) -> list[str]:
    return [one_line(line) for line in lines if not _FOR_PROGRAMS.fullmatch(line)]


def _last_words(lines: Iterable[str]) -> str:
    """The one line that a command says of its failure; empty where it has said none."""
    said = (one_line(line) for line in lines)
    return next((line.removeprefix(SAYS) for line in reversed([*said]) if line.startswith(SAYS)), "")


def _failure(lines: Iterable[str], status: int) -> list[Content]:
    """What the command says last: its one line, and below it what a server or the project said."""
    said = [one_line(line) for line in lines]
    begins = next((at for at in reversed(range(len(said))) if said[at].startswith(SAYS)), None)
    if begins is None:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return [Content.styled(f"✕ the command {how}", "bold $error"), *map(Content, said)]
    first, *rest = said[begins:]
    before = said[:begins][-MOST_SHOWN:]
    return [
        Content.styled(f"✕ {first.removeprefix(SAYS)}", "bold $error"),
        *(Content(line) for line in rest),
        *([Content(), Content.styled("What came before", "bold")] if before else []),
        *(Content.styled(line, "$faint") for line in before),
    ]


def _clock(seconds: float) -> str:
    """`12 s`, `1:05 min`."""
    whole = int(seconds)
    return f"{whole} s" if whole < MINUTE_S else f"{whole // MINUTE_S}:{whole % MINUTE_S:02} min"
