"""The screen's one action, `press('event', 1)`: a command and its arguments, from a key, a click or the palette.

Textual finds an action on the screen, the app or the focused widget; the commands of the laboratory are methods of the
parts that its screen is put together of, so one action hands them on.
"""

from __future__ import annotations

from textual.actions import parse


def press(command: str, *arguments: str | int) -> str:
    """As Textual is told it."""
    return f"press({', '.join(map(repr, (command, *arguments)))})"


def command_of(action: str, parameters: tuple[object, ...] = ()) -> str:
    """`event`, for `press('event', 1)` as well as for `press` with these parameters; of any other action its name."""
    name, given = (action, parameters) if "(" not in action else parse(action)[1:]
    return str(given[0]) if name == "press" and given else name
