"""The fonts of this machine: a monospace family that has the signs, and others for signs that it lacks.

A renderer that finds no font draws no text and says nothing, so the files are chosen here and handed to it.
"""

from __future__ import annotations

import logging
import os
import shutil
import string
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont

from asgi_vs_wsgi.scenarios.errors import LabError

logging.getLogger("fontTools").addHandler(logging.NullHandler())  # remarks on a font are for its makers

LATIN_TEXT, MONOSPACED = 2, 9
"""PANOSE: https://learn.microsoft.com/typography/opentype/spec/os2#panose"""


class Face(NamedTuple):
    """A font, as a renderer names it."""

    family: str
    fixed: bool
    bold: bool
    italic: bool


class FontFile:
    """The first font of a file. ValueError for what cannot be understood, however it is broken."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with self._open() as font:
                self.face = _face(font)
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


def _face(font: TTFont) -> Face:
    family, style = font["name"].getBestFamilyName(), font["head"].macStyle
    if not family:
        raise ValueError("it has no name")
    return Face(family, _is_fixed(font), bool(style & 1), bool(style & 2))


def _is_fixed(font: TTFont) -> bool:
    """Either of two places says so: Inconsolata and FreeMono leave the first one empty."""
    if font["post"].isFixedPitch or "OS/2" not in font:
        return bool(font["post"].isFixedPitch)
    panose = font["OS/2"].panose
    return (panose.bFamilyType, panose.bProportion) == (LATIN_TEXT, MONOSPACED)


FOLDERS_VARIABLE = "ASGI_VS_WSGI_FONTS"
"""Folders, separated as in PATH: only they are searched."""
FOLDERS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/Library/Fonts", "/System/Library/Fonts", "~/Library/Fonts"),
)
ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
PREFERRED = (
    *("DejaVu Sans Mono", "JetBrains Mono", "Cascadia Mono", "Iosevka", "Hack", "Fira Code", "Fira Mono"),
    *("Source Code Pro", "Noto Sans Mono", "Liberation Mono", "SF Mono", "Menlo", "Consolas", "Courier New"),
)
"""Of two families that lack equally much; those with many signs, in upright and bold, come first."""
LETTERS = frozenset(string.ascii_letters + string.digits + string.punctuation)


class NoFont(LabError):
    """There is nothing to write letters with."""

    def __init__(self) -> None:
        super().__init__(
            "a PNG needs a monospace font, and this machine has none",
            hint="install one, e.g. `apt-get install fonts-dejavu-core`, or write an .svg, which needs none",
        )


@dataclass(frozen=True, slots=True)
class Fonts:
    """What a renderer is given; `missing` are signs that no font of the machine has."""

    family: str
    files: tuple[Path, ...]
    missing: frozenset[str]


def fonts_for(signs: Iterable[str]) -> Fonts:
    """The best that the machine has for these signs; NoFont where it has no monospace font at all."""
    return chosen(signs, sorted(font_paths()))


def chosen(signs: Iterable[str], paths: Sequence[Path]) -> Fonts:
    """The family that lacks the fewest, all its files, and a file of another family for what it lacks."""
    files = dict(_readable(paths))
    fixed = {path: file for path, file in files.items() if file.face.fixed and not file.lacks(LETTERS)}
    if not fixed:
        raise NoFont
    wanted = frozenset(signs)
    best = min(fixed.values(), key=lambda file: (len(file.lacks(wanted)), _styled(file), _rank(file)))
    family = best.face.family
    own = [path for path, file in fixed.items() if file.face.family == family]
    others, missing = _from_others(best.lacks(wanted), files)
    return Fonts(family, (*own, *others), missing)


def _readable(paths: Iterable[Path]) -> Iterator[tuple[Path, FontFile]]:
    for path in paths:
        try:
            yield path, FontFile(path)
        except (OSError, ValueError):
            continue


def _styled(file: FontFile) -> int:
    return file.face.bold + file.face.italic


def _rank(file: FontFile) -> tuple[int, str]:
    family = file.face.family
    return (PREFERRED.index(family) if family in PREFERRED else len(PREFERRED)), family


def _from_others(lacking: frozenset[str], files: dict[Path, FontFile]) -> tuple[list[Path], frozenset[str]]:
    """Files that have what is lacking, upright ones first, and what none of them has."""
    helping = []
    for path, file in sorted(files.items(), key=lambda item: (_styled(item[1]), item[0])):
        left = file.lacks(lacking) if lacking else lacking
        if left != lacking:
            helping.append(path)
            lacking = left
    return helping, lacking


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
