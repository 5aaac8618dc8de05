"""An SVG of ours as a PNG, twice as large, in the font that comes with us; never without its text.

Also a program of its own, `python -m asgi_vs_wsgi.tui.capture.png IN.svg > OUT.png`, since drawing holds the
interpreter for some tenths of a second: the screen has it done by another one. Says what a person should know as an
error is said.

The font of pictures, which comes with the program, and the machine's own fonts for signs that it lacks.

A renderer that finds no font draws no text and says nothing, so all files are handed to it.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import resvg_py
from fontTools.ttLib import TTFont

from asgi_vs_wsgi.tui.capture.svg import FONT_FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

logging.getLogger("fontTools").addHandler(logging.NullHandler())  # remarks on a font are for its makers

FAMILY = "JetBrains Mono"
"""2.211, the weights 400 and 700 of https://github.com/JetBrains/JetBrainsMono without hints and ligatures."""
REGULAR, BOLD = (
    Path(__file__).with_name("jetbrains_mono") / f"JetBrainsMono-{weight}.ttf" for weight in ("Regular", "Bold")
)
BOLD_OR_ITALIC = 0b11
"""Of the bits of `macStyle`."""


class FontFile:
    """The first font of a file. ValueError for what cannot be understood, however it is broken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with self._open() as font:
                several_widths = not font["post"].isFixedPitch
                self.unlike_ours = (several_widths, (font["head"].macStyle & BOLD_OR_ITALIC).bit_count())
                """In how many ways letters of it stand out beside ours: the more, the later it is asked for help."""
        except Exception as error:  # noqa: BLE001 - fontTools lets through whatever a broken table makes its reader stumble over
            raise ValueError(f"{path}: {error}") from None

    @contextmanager
    def _open(self) -> Iterator[TTFont]:
        """The file is opened here, since TTFont leaves one open that it cannot read."""
        with self._path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            yield font

    @cached_property
    def _signs(self) -> frozenset[str]:
        """Those that it has a letter for; none where the map cannot be read."""
        try:
            with self._open() as font:
                return frozenset(map(chr, font.getBestCmap() or ()))
        except Exception:  # noqa: BLE001 - as above
            return frozenset()

    def lacks(self, signs: Iterable[str]) -> frozenset[str]:
        """Which of these it has no letter for."""
        return frozenset(signs) - self._signs


FOLDERS_VARIABLE = "ASGI_VS_WSGI_FONTS"
"""Folders, separated as in PATH: only they are searched."""
FOLDERS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/Library/Fonts", "/System/Library/Fonts", "~/Library/Fonts"),
)
ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})


@dataclass(frozen=True, slots=True)
class Fonts:
    """What a renderer is given; `missing` are signs that neither our font nor any of the machine has."""

    files: tuple[Path, ...]
    missing: frozenset[str]


def fonts_for(signs: Iterable[str]) -> Fonts:
    """Our font, and of the machine's what helps; without need for help, the machine is not looked at."""
    lacking = FontFile(REGULAR).lacks(signs)
    helping, missing = helping_files(lacking, font_paths()) if lacking else ((), lacking)
    return Fonts((REGULAR, BOLD, *helping), missing)


def helping_files(lacking: frozenset[str], paths: Iterable[Path]) -> tuple[Sequence[Path], frozenset[str]]:
    """Files that have what is lacking, monospaced and upright ones first, and what none of them has."""
    helping = []
    for path, file in sorted(_readable(paths), key=lambda each: (each[1].unlike_ours, each[0])):
        left = file.lacks(lacking) if lacking else lacking
        if left != lacking:
            helping.append(path)
            lacking = left
    return helping, lacking


def _readable(paths: Iterable[Path]) -> Iterator[tuple[Path, FontFile]]:
    for path in paths:
        try:
            yield path, FontFile(path)
        except (OSError, ValueError):
            continue


def font_paths() -> set[Path]:
    """All font files: those in the folders that the user names, or those that fontconfig knows, or the usual ones."""
    named = os.environ.get(FOLDERS_VARIABLE)
    if named is not None:
        return _in_folders(named.split(os.pathsep))
    return _known_to_fontconfig() or _in_folders(FOLDERS)


def _in_folders(folders: Iterable[str]) -> set[Path]:
    roots = [Path(os.path.expanduser(folder)) for folder in folders if folder]  # noqa: PTH111 (Path's own wants a home)
    return {path for root in roots for path in root.rglob("*") if path.suffix.lower() in ENDINGS}


def _known_to_fontconfig() -> set[Path]:
    command = shutil.which("fc-list")
    if command is None:
        return set()
    try:
        done = subprocess.run([command, "--format", "%{file}\n"], capture_output=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return set()
    files = (Path(os.fsdecode(line)) for line in done.stdout.split(b"\n"))
    return {path for path in files if path.suffix.lower() in ENDINGS}


ZOOM = 2
"""A slide has twice as many pixels as a terminal of the same size."""
STAND_INS = {"✓": "√"}
"""The one sign of ours that our font lacks; anything else becomes a question mark."""


@dataclass(frozen=True, slots=True)
class Png:
    """`stood_in` are signs that neither our font nor one of this machine has, drawn as others."""

    data: bytes
    stood_in: frozenset[str]

    def remark(self) -> str:
        """What to say about it, or nothing."""
        signs = " ".join(sorted(self.stood_in))
        return f"no font of this machine has {signs}: drawn as other signs" if signs else ""


def signs_in(svg: str) -> frozenset[str]:
    """Those that need a look: our font has the letters, and our markup is nothing else."""
    return frozenset(sign for sign in svg if not sign.isascii())


def png(svg: str) -> Png:
    """The picture."""
    fonts = fonts_for(signs_in(svg))
    drawable = svg.translate({ord(sign): STAND_INS.get(sign, "?") for sign in fonts.missing})
    data = resvg_py.svg_to_bytes(
        svg_string=drawable.replace(f"<g {FONT_FAMILY}", f'<g font-family="{FAMILY}"', 1),
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=[str(path) for path in fonts.files],
        font_family=FAMILY,
        monospace_family=FAMILY,
    )
    return Png(data, fonts.missing)


def main(source: str) -> int:
    """Read, draw, hand over."""
    made = png(Path(source).read_text(encoding="utf-8"))
    sys.stderr.write(made.remark())
    sys.stdout.buffer.write(made.data)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
