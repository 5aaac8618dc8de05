"""A list whose page keys do no harm where there is no room for it: Textual looks up lines that were never laid out."""

from __future__ import annotations

from textual.widgets import OptionList


class PagedList(OptionList):
    """Moves by a page where there is one."""

    def action_page_up(self) -> None:
        """A page up."""
        if self._has_room:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """A page down."""
        if self._has_room:
            super().action_page_down()  # type: ignore[no-untyped-call]

    @property
    def _has_room(self) -> bool:
        region = self.scrollable_content_region
        return region.width > 0 and region.height > 0 and self.highlighted is not None
