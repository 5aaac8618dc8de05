"""An SVG of ours as a PNG, twice as large, in the font that comes with us; never without its text.

Also a program of its own, `python -m asgi_vs_wsgi.tui.capture.png IN.svg > OUT.png`, since drawing holds the
interpreter for some tenths of a second: the screen has it done by another one. Says what a person should know as an
error is said.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import resvg_py

from asgi_vs_wsgi.tui.capture.fonts import FAMILY, fonts_for
from asgi_vs_wsgi.tui.capture.svg import FONT_FAMILY

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
