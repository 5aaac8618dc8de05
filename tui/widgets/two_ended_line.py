"""A line with words at its left and its right end; where both do not fit, shorter ones are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence


class EdgeLine(Widget):
    """Each end is a list of wordings, the fullest first."""

    def __init__(self, place: str) -> None:
        super().__init__(id=place)
        self._left: tuple[Content, ...] = (Content(),)
        self._right: tuple[Content, ...] = (Content(),)

    def say(self, left: Sequence[Content], right: Sequence[Content]) -> None:
        """Show these words, if they are not what is shown already."""
        if not (_same(left, self._left) and _same(right, self._right)):
            self._left, self._right = tuple(left), tuple(right)
            self.refresh()

    def render(self) -> Content:
        """The fullest pair that fits; the right end gives way first."""
        width = self.size.width
        for left in self._left:
            for right in self._right:
                gap = width - left.cell_length - right.cell_length
                if gap >= 2 or (gap >= 0 and not (left and right)):
                    return Content.assemble(left, " " * gap, right)
        return self._left[-1].truncate(width, ellipsis=True)


def _same(some: Sequence[Content], others: Sequence[Content]) -> bool:
    return len(some) == len(others) and all(one.is_same(other) for one, other in zip(some, others, strict=True))
