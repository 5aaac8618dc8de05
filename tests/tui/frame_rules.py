"""What every frame of the screen keeps: words that can be read, none cut off, one word and one form for each figure.

And of bars and marks: one in a state's colour, or with its texture, is of that state in every mode.

Contrast is that of WCAG 2, of colours as they come out, whatever has dimmed them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path

from msgspec import json as as_json

from asgi_vs_wsgi.scenarios.results import RunResult, TargetResult
from asgi_vs_wsgi.scenarios.trace.states import State
from asgi_vs_wsgi.scenarios.wording import seconds
from asgi_vs_wsgi.tui.capture.frame import Frame, Run
from asgi_vs_wsgi.tui.drawing.glyphs import ALL_CODES, GLYPHS, LONG, OWN_GLYPHS, name_of

TEXT, SIGN = 4.5, 3.0
"""The least contrast of words, and of signs and bars."""
STATE_SIGNS = frozenset("".join([*GLYPHS.values(), *OWN_GLYPHS.values()]))
BLOCKS, SHAPES = ("▀", "▟"), ("■", "◿")


# ---- contrast


@lru_cache(maxsize=4096)
def luminance(color: str) -> float:
    """Of `#rrggbb`, from 0 to 1."""
    shares = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def unreadable(frame: Frame, grounds: Iterable[str]) -> list[str]:
    """Each run of cells whose contrast is too low; `grounds` are those on which a block is a bar."""
    return [words for row in frame.rows for run in row if (words := _too_faint(run, frozenset(grounds)))]


def _too_faint(run: Run, grounds: frozenset[str]) -> str:
    least = _least(run, grounds)
    found = contrast(run.look.ink, run.look.ground)
    return f"{run.text.strip()!r} {run.look.ink} on {run.look.ground}: {found:.2f}" if found < least else ""


def _least(run: Run, grounds: frozenset[str]) -> float:
    signs = set(run.text) - {" ", "\u00a0"}
    if signs - STATE_SIGNS and any(map(_is_text, signs)):
        return TEXT
    if any(SHAPES[0] <= sign <= SHAPES[1] for sign in signs - STATE_SIGNS):
        return SIGN
    bars = any(BLOCKS[0] <= sign <= BLOCKS[1] for sign in signs - set("▒▓░"))
    return SIGN if bars and run.look.ground in grounds and run.look.ink not in grounds else 0.0


def _is_text(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNPSM" and not "─" <= sign <= "◿"


# ---- a colour means the same wherever it is

TEXTURES = frozenset(GLYPHS[state] for state in (State.RECEIVING, State.BLOCKED, State.AWAITING))
NEAR = 3
"""Lines, from a mark in a state's colour to the word for it: below a line of code stands what held somebody there."""


def colours_of_lanes(variables: Mapping[str, str]) -> frozenset[str]:
    """Every ground and ink that cells of lanes have in the theme with these variables."""
    return frozenset(variables[f"lane-{name_of(role)}"].lower() for role in ALL_CODES)


def wrong_colours(frame: Frame, variables: Mapping[str, str]) -> list[str]:
    """Bars and marks, of no lane and no legend, in the colour of a state that is not told of beside them."""
    lanes, lines = colours_of_lanes(variables), text_of(frame)
    means: dict[str, list[State]] = {}
    for state in State:
        for shade in ("", "-alt"):
            means.setdefault(variables[f"lane-{state.label}{shade}"].lower(), []).append(state)
    found = []
    for at, row in enumerate(frame.rows):
        near = "\n".join(lines[max(0, at - NEAR) : at + NEAR + 1])
        for run in row:
            if run.look.ground in lanes:
                continue
            of = means.get(run.look.ink, []) if any(map(_is_drawn, run.text)) else []
            if of and not any(state.words in near for state in of):
                found.append(f"{run.text.strip()!r} in the colour of {of[0].words}")
            if TEXTURES & set(run.text):
                found.append(f"{run.text.strip()!r} has the texture of a state")
    return found


def _is_drawn(sign: str) -> bool:
    return BLOCKS[0] <= sign <= BLOCKS[1] or SHAPES[0] <= sign <= "◿"


# ---- words that are cut off

WORD = re.compile(r"[^\W\d_]{3,}(?![^\W\d_]|…)")
ROOT = Path(__file__).parents[2]
WORDED = ("tui/**/*.py", "scenarios/**/*.py", "scenarios/**/*.toml", "scenarios/**/*.md", "server_targets/**/*.py")


def text_of(frame: Frame) -> list[str]:
    return ["".join(run.text for run in row) for row in frame.rows]


@cache
def _words_of_ours() -> frozenset[str]:
    texts = (file.read_text("utf-8") for pattern in WORDED for file in ROOT.glob(pattern))
    return frozenset(word.lower() for text in texts for word in WORD.findall(text))


def known_words(result: RunResult) -> frozenset[str]:
    """Every word that stands in the program or in the run."""
    return _words_of_ours() | {word.lower() for word in WORD.findall(as_json.encode(result).decode())}


def cut_words(frame: Frame, known: frozenset[str]) -> list[str]:
    """Words that nobody has written: the beginnings, or the ends, of such."""
    return [
        f"{word!r} in {line.strip()!r}"
        for line in text_of(frame)
        for word in WORD.findall(line)
        if word.lower() not in known
    ]


# ---- one word for one thing

LEGEND = re.compile("|".join(map(re.escape, LONG.values())))
"""Where the plain word is told beside the other."""
SECOND_NAMES = {
    "awaiting": r"\bset(?:s|ting)?(?: \w+)? aside\b",
    "stalled": r"\bheld up\b|\bwaiting for others\b|\bbehind others who\b",
    "in line": r"\bqueued\b|\bwaited [\d.]+ m?s\b|\bhas waited\b",
    "sending": r"\btransfer\b",
    "running": r"of a visit (?:is |was )?computing",
    "hops": r"\bcrossings?\b|\bcross(?:es)? between\b",
    "in flight": r"\bat once in (?:one|a) worker\b|\brequests at once\b|\bin one at most\b|\bconcurrency  ",
    "makespan": r"\btook [\d.]+ m?s\b(?! of CPU)|\beach took\b|  took  |until all had a page\b|\bdone in [\d.]+ m?s\b",
    "throughput": r"\bper second  |\brequests/s\b",
}


def second_names(text: str) -> list[str]:
    """Where a thing goes by another word than its own, but for one legend."""
    told = LEGEND.sub("", " ".join(text.split("\n")))
    again = [f"{words!r} again" for words in LONG.values() if text.count(words) > 1]
    return again + [f"{at[0]!r} for {word}" for word, other in SECOND_NAMES.items() for at in re.finditer(other, told)]


# ---- one form for one figure

PATHS = ("makespan_s", "service_s")
TIMES = ("latency_ms", "ttfb_ms", "queue_ms")


def figures_of(result: RunResult) -> set[float]:
    """Times of the run, in seconds."""
    return {value for target in result.targets for value in _times(target) if value}


def _times(target: TargetResult) -> Iterator[float | None]:
    yield from (target.makespan_s, target.service_s)
    for name in TIMES:
        if told := getattr(target, name):
            yield from (each / 1000 for each in (told.p50, told.p75, told.p95, told.mean, told.max))


def forms(value_s: float) -> set[str]:
    """The ways in which a time may be written."""
    written = {f"{value_s * 1000:{form}} ms" for form in (".2f", "#.3g", *([".0f", ",.0f"] if value_s >= 0.01 else []))}
    return written | {f"{value_s:{form}} s" for form in (".2f", ".3f", "#.3g")} | {seconds(value_s)}


def told_twice(text: str, figures: set[float]) -> list[str]:
    """Figures that stand in the text in two forms; a form that another figure has as its own is that one's."""
    own = {seconds(value) for value in figures}
    there = set(re.findall(r"(?<![\d.,×])[\d.,]+ m?s\b", text))
    found = []
    for value in figures:
        told = {form for form in forms(value) & there if form == seconds(value) or form not in own}
        if len(told) > 1:
            found.append(f"{value} as {sorted(told)}")
    return found
