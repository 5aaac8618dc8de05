"""Whose story is told: a visitor's, a worker's, or no one's; who it is, is marked in the lanes."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from tui.drawing.story import story
from tui.drawing.worker_story import WorkerStory
from tui.target_show import TargetShow


class Told:
    """One at a time."""

    def __init__(self) -> None:
        self.visitor: tuple[TargetShow, int] | None = None
        """A target and the visitor's number."""
        self.worker: tuple[TargetShow, WorkerStory] | None = None

    @property
    def target(self) -> TargetShow | None:
        """Where the one is who is told of."""
        told = self.visitor or self.worker
        return told[0] if told else None

    def of_visitor(self, targets: Iterable[TargetShow], target: TargetShow | None, number: int) -> None:
        """Tell of this one from now on; 0: of no one."""
        for each in targets:
            each.book.mark(number if each is target else 0)
            each.book.mark_worker(0)
        self.worker = None
        self.visitor = (target, number) if target is not None and number else None

    def of_worker(self, targets: Iterable[TargetShow], target: TargetShow, index: int) -> None:
        """The same of a worker; the one that is told of already is let go of."""
        again = self.worker_index(target) == index
        self.of_visitor(targets, None, 0)
        worker = next((each for each in target.trace.workers.values() if each.index == index), None)
        if worker is not None and not again:
            target.book.mark_worker(index)
            self.worker = (target, WorkerStory(target.trace, worker))

    def worker_index(self, target: TargetShow) -> int:
        """The number of the target's worker that is told of, 0 for none."""
        return self.worker[1].worker.index if self.worker and self.worker[0] is target else 0

    def words(self) -> Content:
        """Up to the playhead; empty for no one."""
        target = self.target
        if target is None:
            return Content()
        name = Content.styled(f"{target.trace.facts.name}  ", "$primary")
        if self.visitor is not None:
            return name + story(target.trace, self.visitor[1] - 1, target.playhead_ns)
        return name + (self.worker[1].words(target.playhead_ns) if self.worker else "")
