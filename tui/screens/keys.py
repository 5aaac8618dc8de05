"""Every key of the laboratory, said once: bindings, key bar, help, command palette and the README's table come from it.

A key names a command, and a command is a method of one of the parts that the screen is put together of
(`asgi_vs_wsgi.tui.screens.watch`), or an action of the app.

What the parts of the screen share: the commands that keys name, and what of the screen they may use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeVar

from textual.binding import Binding

from asgi_vs_wsgi.scenarios.wording import listed
from asgi_vs_wsgi.tui.action_text import press
from asgi_vs_wsgi.tui.drawing.waterfall import ORDERS
from asgi_vs_wsgi.tui.modes import NAMES, TOOLTIPS
from asgi_vs_wsgi.tui.modes.quiz import LETTERS
from asgi_vs_wsgi.tui.modes.tips import LETTERS as LETTERS_OF_TIPS
from asgi_vs_wsgi.tui.modes.what_if_knobs import KEYS as FACTORS
from asgi_vs_wsgi.tui.modes.what_if_knobs import SIMULATED_KEYS
from asgi_vs_wsgi.tui.widgets.key_bar import MANY, OF_MODE

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import ModalScreen

    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.tui.playback.playback import Playback
    from asgi_vs_wsgi.tui.screens.frame_loop import FrameLoop
    from asgi_vs_wsgi.tui.widgets.main_area import MainArea

Chosen = TypeVar("Chosen")
"""What a form ends with."""


class Host(Protocol):
    """The screen, as its parts see it."""

    @property
    def scenario(self) -> Scenario | None:
        """What is looked at; None for a broken folder."""

    @property
    def playing(self) -> Playback | None:
        """The run that keys act on; None where there is none, and over the still picture of one."""

    @property
    def told_of(self) -> Playback | None:
        """What the modes but Watch are about: a run, or the picture of one, which a quiz would not wait for."""

    @property
    def main_area(self) -> MainArea:
        """Where it is shown."""

    @property
    def frames(self) -> FrameLoop:
        """By which it is drawn."""

    def redraw(self) -> None:
        """One frame of everything, from what is known now."""


class RunHost(Protocol):
    """What of the screen a run needs."""

    def highlight(self, name: str) -> None:
        """Choose it in the list, whatever the main area shows."""

    def turn_back(self) -> None:
        """Tell that the scenario's own settings are those of the next run."""

    def turn_to_the_run(self) -> None:
        """The session has another run: show it."""

    def complain(self, words: str) -> None:
        """Tell why it could not be begun."""

    def plan(self, title: str, lines: list[str], begin: Callable[[], None]) -> None:
        """Tell how long it will take; `begin` where the user wants it."""

    def ask(self, form: ModalScreen[Chosen], then: Callable[[Chosen | None], None]) -> None:
        """Open the form; `then` is told of what was chosen in it."""


class Part(Protocol):
    """`COMMANDS` are methods of it."""

    COMMANDS: ClassVar[frozenset[str]]

    def may(self, command: str) -> bool:
        """Whether a key of that command would do something now."""


OF_APP = "app."


class Key(NamedTuple):
    """One key, or several of one meaning."""

    id: str
    keys: str
    """As Textual names them, with commas between."""
    command: str
    label: str
    """In the key bar and the palette."""
    tooltip: str
    """In help and the palette."""
    arguments: tuple[str | int, ...] = ()
    shown_as: str = ""
    in_bar: bool = True
    at_once: bool = False
    """Obeyed before the next key is given to anybody: what follows in one piece with it is for what it has begun."""

    def binding(self) -> Binding:
        """For a screen."""
        action = self.command if self.command.startswith(OF_APP) else press(self.command, *self.arguments)
        shown_as = self.shown_as or None
        return Binding(
            self.keys, action, self.label, self.in_bar, shown_as, self.at_once, id=self.id, tooltip=self.tooltip
        )


LESSON_PARTS = "what to watch for, why, and when it does not apply"

CLASS_KEYS = (
    Key("next_step", "pagedown,right,space", "lesson_step", "next step", "Presentation: to the next moment", (1,)),
    Key("step_before", "pageup,left", "lesson_step", "step before", "Presentation: to the moment before", (-1,)),
    Key("leave_presentation", "escape", "leave_presentation", "leave", "End the presentation", shown_as="esc"),
)
"""Before all others: while something is presented these keys are the remote's."""
RUN_KEYS = (
    Key("run", "enter", "run", "run", "Run the chosen scenario: its servers at once, where the scenario allows it"),
    Key("measure", "m", "measure", "measure", "Measure: one target after another, in rounds"),
    Key("tournament", "t", "tournament", "tournament", "Measure and rank every installed server"),
    Key("ladder", "l,L", "ladder", "ladder", "Measure latency with ever more visitors", shown_as="l", in_bar=False),
    Key("try", "x", "try_out", "try", "Try it with other settings: targets, visitors, arrivals, parameters, rounds"),
    Key(
        "as_written", "ctrl+r", "as_written", "as written", "Run as the scenario says again, not as tried", (), "ctrl+r"
    ),
    Key("own_project", "r", "own_project", "project", "Your own project: open its form", in_bar=False),
    Key("stop", "escape", "stop", "stop", "Stop the run; what is recorded stays", shown_as="esc"),
    Key("undo", "u", "undo", "run before", "Bring back the run that was shown before"),
)
LEAVING_KEYS = (
    Key("clear", "escape", "clear_selection", "clear", "Clear the selection", shown_as="esc"),
    Key("to_watch", "escape", "to_watch", "watch", "Back to the lanes", shown_as="esc"),
    Key("to_run", "escape", "to_run", "the run", "Back to the run that is there", shown_as="esc"),
    Key("back", "escape", "back", "list", "Back to the list of scenarios", shown_as="esc"),
)
MOVING_KEYS = (
    Key("pane", "tab", "pane", "pane", "To the next pane", (1,), in_bar=False),
    Key("pane_before", "shift+tab", "pane", "pane before", "To the pane before", (-1,), in_bar=False),
    Key("filter", "slash", "filter", "filter", "Narrow the list to what is typed", shown_as="/", at_once=True),
)
MOVES = (
    ("↑ ↓ k j", "What has the focus: up and down a list, a text, lanes or rows"),
    ("h l", "In lanes: a little earlier or later, as ← →"),
    ("g G", "To its beginning, to its end"),
    ("ctrl+d u", "Half a page down, or up"),
)
"""What widgets do themselves, wherever they have the focus (filtered_list), as help tells it. Of
the screen's keys `j`, `k`, `h` and `l` these take the place there; N, S and L mean the same as those do anywhere."""
PLAYHEAD_KEYS = (
    Key("pause", "space", "pause", "pause", "Hold or release the playhead; recording goes on"),
    Key("again", "r", "again", "again", "Show the recording from its start"),
    Key("next_event", "N,j", "event", "event", "To the next event of any visitor", (1,), "N P"),
    Key("event_before", "P,J", "event", "event before", "To the event before", (-1,), in_bar=False),
    Key("start", "0,home", "to_start", "start", "To the start, and hold", shown_as="0", in_bar=False),
    Key("end", "e,end", "to_end", "end", "Show all that is recorded", shown_as="e"),
    Key("earlier", "left", "step", "step", "A little earlier", (-1,), "←→"),
    Key("later", "right", "step", "later", "A little later", (1,), in_bar=False),
    Key("slower", "comma", "speed", "speed", "Show it more slowly", (-1,), ", ."),
    Key("faster", "full_stop", "speed", "faster", "Show it faster", (1,), in_bar=False),
    Key("closer", "plus,equals_sign", "zoom", "zoom", "Zoom in", (1,), "+ -"),
    Key("further", "minus", "zoom", "zoom out", "Zoom out", (-1,), in_bar=False),
    Key("fit", "f", "fit", "fit", "Fit the target that the playhead is at, or everything again"),
)
SELECTION_KEYS = (
    Key("next", "n", "visitor", "visitor", "The next visitor's story", (1,), "n p"),
    Key("previous", "p", "visitor", "before", "The story of the visitor before", (-1,), in_bar=False),
    Key("worker", "w", "worker", "worker", "The next worker's story", (1,), "w"),
    Key("worker_before", "W", "worker", "before", "The story of the worker before", (-1,), in_bar=False),
)


LAYOUT_KEYS = (
    Key("fold", "z", "fold", "fold", "Fold lanes that look alike, or show them all"),
    Key("beside", "v", "beside", "beside", "Beside the lanes, where there is room: story, code, lesson or nothing"),
)


def _hidden(id_: str, keys: str, command: str, arguments: tuple[str | int, ...], words: str) -> Key:
    return Key(id_, keys, command, words, words, arguments, in_bar=False)


def _mode_key(digit: int, name: str, tooltip: str) -> Key:
    """The bar has those that BAR_ORDER names; the line of modes has all."""
    words = f"{name.capitalize()}: {tooltip}"
    return Key(f"{OF_MODE}{name}", str(digit), "mode", name, words, (name,))


MODE_KEYS = (
    *(_mode_key(digit, name, tooltip) for digit, (name, tooltip) in enumerate(zip(NAMES, TOOLTIPS, strict=True), 1)),
    _hidden("page_down", "pagedown", "page", (1,), "Scroll down"),
    _hidden("page_up", "pageup", "page", (-1,), "Scroll up"),
    *(
        _hidden(f"advised_{letter}", letter, "advised", (at,), f"Tips: to the scenario with [{letter}]")
        for at, letter in enumerate(LETTERS_OF_TIPS)
    ),
    _hidden("browse", "b", "browse", (), "Vitals: ask a real browser (Chromium), under load"),
    _hidden("order", "S,k", "order", (), f"Waterfall: sort by {listed(ORDERS, 'or')}"),
    *(
        _hidden(f"answer_{letter}", letter, "answer", (at,), f"Quiz: answer {letter}")
        for at, letter in enumerate(LETTERS)
    ),
    _hidden("reveal", "space", "reveal", (), "Quiz: tell the answer that is held back"),
    _hidden("hold_back", "z", "hold_back", (), "Quiz: hold answers back, or tell them at once"),
    _hidden("question", "n", "question", (1,), "Quiz: the next question"),
    _hidden("question_before", "p", "question", (-1,), "Quiz: the question before"),
    _hidden("anew", "x", "forget_answers", ("one",), "Quiz: ask this scenario's questions anew"),
    _hidden("forget_all", "X", "forget_answers", ("all",), "Quiz: forget the answers of all scenarios"),
    *(_hidden(f"half_{name}", key, "knob", (name, -1), f"What-if: half the {name}") for key, name in FACTORS),
    *(_hidden(f"twice_{name}", key.upper(), "knob", (name, 1), f"What-if: twice the {name}") for key, name in FACTORS),
    *(
        _hidden(f"{word}_{name}", sign, "knob_simulated", (name, steps), f"What-if, simulated: {word} the {name}")
        for key, name in SIMULATED_KEYS
        for sign, steps, word in (
            (key, -1, "less" if name == "pool" else "half"),
            (key.upper(), 1, "more" if name == "pool" else "twice"),
        )
    ),
    _hidden("other_arrivals", "a", "knob_simulated", ("arrivals", 1), "What-if, simulated: other arrivals"),
    _hidden("other_gil", "n", "knob_simulated", ("gil", 1), "What-if, simulated: with or without a GIL"),
    Key("measure_this", "M", "measure_this", "measure this", "What-if: measure just this, beside what is predicted"),
    Key("size", "S", "size", "size", "What-if: which workers and threads hold a p95 at a rate?"),
)
OTHER_KEYS = (
    Key("lesson", "y", "lesson", "lesson", f"Read the lesson: {LESSON_PARTS}"),
    Key("recents", "o", "app.recents", "open", "Open a recent run, or throw one away"),
    Key("picture", "s", "app.picture", "picture", "Save what is on the screen as SVG and PNG"),
    Key("next_file", "greater_than_sign", "file", "file", "The next of the files that were opened", (1,), "< >"),
    Key("file_before", "less_than_sign", "file", "file before", "The file before", (-1,), in_bar=False),
    Key(
        "present",
        "f5",
        "present",
        "present",
        "Present to a class: no chrome, steps with page down and up",
        in_bar=False,
    ),
    Key("help", "question_mark,f1", "app.help", "help", "Explain what has the focus", shown_as="?"),
    Key("quit", "q", "app.quit", "quit", "Leave; every server goes"),
)

_REVEAL = tuple(key for key in MODE_KEYS if key.id == "reveal")
_OTHERS = (*LEAVING_KEYS, *MOVING_KEYS, *PLAYHEAD_KEYS, *SELECTION_KEYS, *LAYOUT_KEYS, *MODE_KEYS, *OTHER_KEYS)
KEYS = (*CLASS_KEYS, *RUN_KEYS, *_REVEAL, *(key for key in _OTHERS if key not in _REVEAL))
"""In the order of help; of two with the same key, the one whose command would do something now is obeyed."""
_BY_ID = {key.id: key for key in KEYS}


# ---- what belongs to the mode that is on

OWN_COMMANDS: dict[str, frozenset[str]] = {
    "watch": frozenset({"pause", "visitor", "worker", "fold", "beside"}),
    "compare": frozenset({"ladder"}),
    "vitals": frozenset({"browse"}),
    "waterfall": frozenset({"order", "visitor"}),
    "tips": frozenset({"advised"}),
    "quiz": frozenset({"answer", "reveal", "question", "hold_back", "forget_answers"}),
    "what-if": frozenset({"knob", "knob_simulated", "measure_this", "size"}),
}
"""By mode: their keys stand first in help."""


def _in_bar(id_: str, label: str = "", shown_as: str = "") -> Binding:
    key = _BY_ID[id_]
    return key._replace(label=label or key.label, shown_as=shown_as or key.shown_as).binding()


def _many(ids: str, shown_as: str, label: str) -> Binding:
    return _BY_ID[ids]._replace(id=f"{MANY}{label}", shown_as=shown_as, label=label).binding()


OWN_KEYS: dict[str, tuple[Binding, ...]] = {
    "compare": (_in_bar("ladder"),),
    "vitals": (_in_bar("browse", "browser", "b"),),
    "waterfall": (_in_bar("order", "sort", "S"), _in_bar("next")),
    "tips": (_many("advised_A", f"{LETTERS_OF_TIPS[0]}-{LETTERS_OF_TIPS[-1]}", "scenario"),),
    "quiz": (
        _in_bar("reveal", "tell", "space"),
        _many("answer_a", "a-d", "answer"),
        _in_bar("question", "question", "n p"),
        _in_bar("anew", "anew"),
    ),
    "what-if": (
        _many("half_workers", "w h v i", "half"),
        _many("twice_workers", "W H V I", "twice"),
        _in_bar("measure_this"),
        _in_bar("size"),
        _many("half_cpu", "b c d a n", "CPU, cores, pool, arrivals, GIL"),
    ),
}
"""By mode, as the key bar shows them: first."""


BAR_ORDER: dict[str, tuple[str, ...]] = {
    "choose": (
        *("run", "to_run", "lesson", "as_written", "measure", "try", "tournament", "filter"),
        *("undo", "recents", "next_file", "picture"),
    ),
    "running": (
        "stop",
        "clear",
        "pause",
        "next",
        "lesson",
        "worker",
        "end",
        "speed",
        "earlier",
        "again",
        "run",
        "undo",
    ),
    "shown": (
        *("clear", "end", "lesson", "try", "as_written", "next_file", "next", "to_watch", "back"),
        *("run", "measure", "again", "mode_what-if", "undo", "pause"),
        *("worker", "fold", "tournament", "earlier", "next_event", "fit", "recents", "picture"),
    ),
}
"""In order of use, after the mode's own: before a run, while one goes on, and over what was recorded."""
DIGITS_IN_BOXES = tuple(
    Binding(str(digit), f"{OF_APP}to_mode('{name}')", show=False, tooltip=f"Close this, and to {name.capitalize()}")
    for digit, name in enumerate(NAMES, 1)
)
"""Of a box over the screen in which nothing is typed: digits mean there what they mean everywhere."""
LAST_IN_HELP = frozenset(key.id for key in (*CLASS_KEYS, *_REVEAL))
"""They stand first only to come before other meanings of the same keys."""
