"""What the screen knows: what the lab does, and the recording that is shown. Knows nothing of Textual.

`poll` is called once a frame: it takes in the answer to the last question, if it has come, and asks the next; or it
reads on in a saved run.

begin ──► STARTING ──opened──► RECORDING ──result──► OVER
              │                    └──stop──► STOPPED
              └── failure, or the lab died ──► FAILED
open ───► OPENING ──all is read──► OVER, or STOPPED where the run was
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from asgi_vs_wsgi.scenarios.errors import LabError
from asgi_vs_wsgi.scenarios.lab.protocol import Failure, RecordingStarted, Update
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.scenarios.storage.run_file import KeptTournament
from asgi_vs_wsgi.tui.lab_client.client import Connect, LabClient
from asgi_vs_wsgi.tui.playback.loader import BackgroundLoader, RunLoader, scenario_of
from asgi_vs_wsgi.tui.playback.playback import Playback
from asgi_vs_wsgi.tui.playback.recording import Recording
from asgi_vs_wsgi.tui.playback.speed import Clock, wall_clock
from asgi_vs_wsgi.tui.report.run_report import stopped_words

if TYPE_CHECKING:
    from asgi_vs_wsgi.scenarios.model.scenario import Scenario
    from asgi_vs_wsgi.scenarios.results import RunResult
    from asgi_vs_wsgi.scenarios.results.outcome import PartialRun
    from asgi_vs_wsgi.scenarios.storage.run_file import SavedRun
    from asgi_vs_wsgi.scenarios.tournament.standings import Tournament


class Phase(Enum):
    """What a session is at."""

    STILL = "still"
    """Nothing was run: what is shown, if anything, was recorded earlier."""
    OPENING = "opening"
    """A saved run is being read."""
    STARTING = "starting"
    RECORDING = "recording"
    OVER = "over"
    STOPPED = "stopped"
    FAILED = "failed"


RUNNING = frozenset({Phase.STARTING, Phase.RECORDING})


LARGE = 2000
"""Visitors of whom the figures so far take longer than a frame or two."""


SHOWN = (
    *("phase", "options", "progress", "ready", "show", "_next", "result", "still_result", "tournament", "failure"),
    *("own_scenario", "kept_tournament", "stopped"),
)
"""Of a session: what a run is, as it is shown."""


class Session:
    """One person's conversation with the lab."""

    def __init__(self, connect: Connect, clock: Clock = wall_clock, *, animated: bool = True) -> None:
        self._lab = LabClient(connect)
        self._reader = BackgroundLoader(clock)
        self.animated = animated
        """Whether what is recorded is shown by a playhead that moves."""
        self.phase = Phase.STILL
        self.options: Options | None = None
        """Of the run that is shown or will be."""
        self.notice = ""
        """What went wrong beside the run; whoever tells it takes it away."""
        self._all_told = True
        """Whether the lab has nothing more to tell of the run."""
        self._keeping = False
        """Whether the lab keeps the run, and may tell that it could not."""
        self._before: dict[str, Any] | None = None
        """The run that was shown before."""
        self._forget()

    def _forget(self) -> None:
        """The run before."""
        self._reader.forget()
        self.progress: Progress | None = None
        self.ready: list[str] = []
        """What the servers said while they started, the newest last."""
        self.show: Playback | None = None
        self._next: Playback | None = None
        """A later round, recorded while an earlier one is still shown."""
        self.result: RunResult | None = None
        self.still_result: RunResult | None = None
        """Of what is shown as a picture."""
        self.tournament: Tournament | None = None
        """The ranking so far."""
        self.failure: Failure | None = None
        self.own_scenario: Scenario | None = None
        """Of what was kept: as it was then."""
        self.kept_tournament: KeptTournament | None = None
        """What was opened, where that was one."""
        self.stopped: PartialRun | None = None
        """How far an opened run had come, where that was stopped."""

    @property
    def running(self) -> bool:
        """Whether the lab is at work for us."""
        return self.phase in RUNNING

    @property
    def ahead_cpu_s(self) -> float:
        """How much of a core went into what nobody has asked for yet: no part of what drawing costs."""
        return self._reader.ahead_cpu_s

    @property
    def idle(self) -> bool:
        """Whether nothing can be new before somebody presses a key."""
        nothing_to_come = self._all_told and not self._keeping and not self._lab.asking
        return not self.running and nothing_to_come and self._reader.idle

    @property
    def awaits_figures(self) -> bool:
        """Whether those so far, of a large run that has just been opened, are still worked out, a part in each frame.

        Asking for them works all of them out at once, which holds up the first frame, or a hand that scrubs.
        """
        if self.show is None or not self._reader.works_ahead or self.result_due:
            return False
        return sum(len(target.trace.visits) for target in self.show.targets) >= LARGE

    @property
    def opening(self) -> RunLoader | None:
        """A saved run that is being read."""
        return self._reader.opening

    # ---- what was recorded earlier

    def show_still(self, show: Playback, result: RunResult | None = None) -> None:
        """Show a recording made earlier, at its end, as a picture."""
        self.show, self.still_result = show, result
        show.to_end()

    def open(self, kept: SavedRun | KeptTournament) -> None:
        """Read a saved run, some slices of it in each `poll`; what the lab may still have to tell is dropped."""
        self.stop()
        self._keep_before()
        self._forget()
        if self.phase is not Phase.STILL:
            self._reader.sweep()
        self._begin_to_open(kept)

    # ---- the run before

    @property
    def has_before(self) -> bool:
        """Whether there is a run to bring back."""
        return self._before is not None

    def _keep_before(self) -> None:
        """What is shown can be brought back; a still picture, or a run of which nothing is there, is not missed."""
        if self.options is None or (self.show is None and self.tournament is None):
            return
        shown = {name: getattr(self, name) for name in SHOWN}
        if self.running:
            shown["phase"] = Phase.STOPPED
            for show in filter(None, (self.show, self._next)):
                show.close(whole=False)
        self._before = shown

    def bring_back(self) -> None:
        """Show the run before again, as it was left; what is shown now becomes the run before."""
        if (before := self._before) is None:
            return
        self.stop()
        self._keep_before()
        self._forget()
        self._lab.drop()
        self._all_told, self._keeping = True, False
        for name, value in before.items():
            setattr(self, name, value)
        if self._before is before:
            self._before = None

    def replay(self, saved: SavedRun) -> None:
        """The same at once: its playhead is at its start, and its result is due at its end."""
        self._begin_to_open(saved)
        self._take_opened(self._reader.read_all())

    def _begin_to_open(self, kept: SavedRun | KeptTournament) -> None:
        self._lab.drop()
        self._all_told, self._keeping = True, False
        self.own_scenario = scenario_of(kept.scenario)
        if isinstance(kept, KeptTournament):
            self._take_tournament(kept)
        else:
            self.options, self.phase, self.stopped = Options(kept.scenario.name), Phase.OPENING, kept.stopped
            self._reader.begin(kept)

    def _take_tournament(self, kept: KeptTournament) -> None:
        self.options = Options(kept.scenario.name, tournament_rounds=kept.tournament.rounds)
        self.kept_tournament, self.tournament = kept, kept.tournament
        self.phase = Phase.OVER if kept.whole else Phase.STOPPED
        self.progress = Progress("finished" if kept.whole else "stopped", "", kept.done, kept.total)

    def _take_opened(self, opening: RunLoader) -> None:
        self.show, self.result = opening.show, opening.saved.result
        self.show.animated = self.animated
        self.phase = Phase.OVER if opening.saved.has_figures else Phase.STOPPED

    def _tell_of_a_stop(self) -> None:
        """Once, in full; there is always room for it."""
        if self.stopped is not None:
            self.notice = f"this run was {stopped_words(self.stopped)[0]}"

    # ---- the lab

    def begin(self, options: Options, scenario: Scenario | None = None) -> None:
        """Run this, of the scenario as it was read; whatever runs is ended by the lab."""
        self._keep_before()
        self._forget()
        self.options, self.phase, self._all_told = options, Phase.STARTING, False
        self._lab.begin(options, scenario)

    def stop(self) -> None:
        """End the run; what was recorded stays."""
        if self.running:
            self._lab.stop()

    def poll(self, *, hurried: bool = False) -> bool:
        """Take in an answer, ask again; returns whether something was new."""
        if self.opening is not None:
            if opening := self._reader.read_on():
                self._take_opened(opening)
                self._tell_of_a_stop()
            return True
        if not hurried:  # a hand that scrubs has the whole frame
            self._reader.work_ahead()
        try:
            news = self._lab.answer()
        except (LabError, OSError) as error:
            self._lost(error)
            return True
        if news is None:
            return False
        self._take(news)
        if self._keeping or not self._all_told:
            self._lab.ask()
        return True

    def _lost(self, error: LabError | OSError) -> None:
        self._lab.bury()
        known = error if isinstance(error, LabError) else LabError("the lab did not start", detail=str(error))
        self._end(Phase.FAILED)
        self.failure = Failure(known.what, known.detail, known.hint)
        self._all_told, self._keeping = True, False

    def _take(self, news: Update) -> None:
        """In the order that News promises: opened, feeds, progress, result."""
        if news.opened is not None:
            self._open(news.opened)
        newest = self._next or self.show
        if newest is not None and (news.feeds or newest.live):
            newest.update_rows([(feed.target, newest.recording.apply_delta(feed)) for feed in news.feeds], news.at_ns)
        if news.progress is not None:
            self._take_progress(news.progress)
        self.result = news.result or self.result
        self.failure = news.failure or self.failure
        self.tournament = news.tournament or self.tournament
        self.notice = news.notice or self.notice
        self._keeping = news.keeping
        self._all_told = not news.running and not news.feeds
        if not news.running and self.running:
            ranked = bool(self.tournament and self.progress and self.progress.phase == "finished")
            self._end(Phase.FAILED if self.failure else Phase.OVER if self.result or ranked else Phase.STOPPED)
        if self._all_told and newest is not None:
            newest.close(whole=self.phase is Phase.OVER)

    def _open(self, opened: RecordingStarted) -> None:
        fresh = Playback(Recording(opened), animated=self.animated)
        if self.show is None:
            self.show = fresh
        else:
            self.show.close(whole=True)
            self._next = fresh
        self.phase = Phase.RECORDING

    def _take_progress(self, progress: Progress) -> None:
        self.progress = progress
        if progress.phase == "starting":
            self.ready.append(progress.words)

    def _end(self, phase: Phase) -> None:
        self.phase = phase
        for show in (self.show, self._next):
            if show is not None:
                show.close(whole=phase is Phase.OVER)

    # ---- what is shown

    def turn(self) -> bool:
        """When a round has been shown to its end, go on to the newest; returns whether there was one.

        The last one (round 0) holds the rounds that the figures come from. It is shown as it ended: the same
        run need not be watched twice.
        """
        if self._next is None or self.show is None or not self.show.at_end:
            return False
        if self._next.recording.opened.round == 0 and not self._all_told:
            return False
        self.show, self._next = self._next, None
        if self.show.recording.opened.round == 0:
            self.show.to_end()
        return True

    @property
    def result_due(self) -> RunResult | None:
        """The result, once everything has been shown: nobody is told the end of the story beforehand."""
        shown = self.show is None or (self.show.at_end and self._next is None)
        return self.result if shown and self.phase is Phase.OVER else None

    @property
    def cut_off(self) -> str:
        """Why no end of the run that is shown will come, in words; "" where one has come, or still may."""
        if self.result is not None:
            return ""
        return {Phase.STOPPED: "was stopped", Phase.FAILED: "failed"}.get(self.phase, "")

    async def close(self) -> None:
        """End the lab."""
        await self._lab.close()
