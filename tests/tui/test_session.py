"""What the screen knows, from the first question to the result, and when the lab dies."""

from __future__ import annotations

import asyncio

import pytest
from fake_link import FakeLink, no_lab
from made_news import opened, told
from made_traces import MS, on_loops, on_threads

from asgi_vs_wsgi.scenarios.lab.protocol import Failure, Update
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.tui.playback import loader
from asgi_vs_wsgi.tui.playback.session import Phase, Session
from asgi_vs_wsgi.tui.recorded import first_run

pytestmark = pytest.mark.anyio
OPTIONS = Options("slow-io", race=True)


def session_with(*links: FakeLink) -> Session:
    left = list(links)

    async def connect() -> FakeLink:
        return left.pop(0)

    return Session(connect)


async def until_idle(session: Session) -> list[Phase]:
    phases = [session.phase]
    for _ in range(2000):
        await asyncio.sleep(0)
        if session.poll() and session.phase is not phases[-1]:
            phases.append(session.phase)
        if session.idle:
            return phases
    raise AssertionError("it never came to an end")


def race() -> list[Update]:
    return list(told([on_threads(8), on_loops(8)], every_ns=100 * MS))


async def test_a_run_goes_from_starting_to_its_end():
    link = FakeLink([*race()[:-1], Update(1, Progress("finished", "finished"), failure=None)])
    session = session_with(link)
    session.begin(OPTIONS)
    phases = await until_idle(session)
    assert phases == [Phase.STARTING, Phase.RECORDING, Phase.STOPPED]
    assert link.started == [OPTIONS]
    assert session.ready == ["starting gunicorn-sync and uvicorn"]
    assert [target.keeper.complete for target in session.show.targets] == [True, True]


async def test_what_is_recorded_after_the_end_was_told_is_still_asked_for():
    """The lab hands a backlog over in pieces: it has finished before we have heard all."""
    news = race()
    early = [Update(each.at_ns, each.progress, each.opened, each.feeds) for each in news[2:]]
    session = session_with(FakeLink([news[0], news[1], *early]))
    session.begin(OPTIONS)
    await until_idle(session)
    assert [target.keeper.complete for target in session.show.targets] == [True, True]


async def test_a_failure_is_kept_with_the_servers_last_words():
    failure = Failure("uvicorn did not start", "Address in use", "mend it")
    session = session_with(FakeLink([Update(0, Progress("failed", "x"), failure=failure)]))
    session.begin(OPTIONS)
    await until_idle(session)
    assert session.phase is Phase.FAILED
    assert session.failure == failure


async def test_a_lab_that_dies_ends_the_run_and_the_next_run_has_a_new_one():
    dying, fresh = FakeLink(race(), dies_after=4), FakeLink(race())
    session = session_with(dying, fresh)
    session.begin(OPTIONS)
    await until_idle(session)
    assert session.phase is Phase.FAILED
    assert "SIGKILL" in session.failure.what
    session.begin(OPTIONS)
    assert session.failure is None
    await until_idle(session)
    assert fresh.started == [OPTIONS]
    await session.close()
    assert dying.closed
    assert fresh.closed


async def test_a_lab_that_cannot_be_started_is_told():
    session = Session(no_lab)
    session.begin(OPTIONS)
    await until_idle(session)
    assert session.failure.what == "the lab did not start"


async def test_stop_is_passed_on_and_what_was_recorded_stays():
    link = FakeLink(race())
    session = session_with(link)
    session.begin(OPTIONS)
    for _ in range(30):
        await asyncio.sleep(0)
        session.poll()
        if session.phase is Phase.RECORDING and session.show.targets[0].start_ns:
            break
    session.stop()
    await until_idle(session)
    assert link.stops == 1
    assert session.phase is Phase.STOPPED
    assert session.show.targets[0].recorded_ns > 0


async def test_an_answer_to_the_run_before_is_not_taken_for_news_of_this_one():
    link = FakeLink(race())
    session = session_with(link)
    session.begin(OPTIONS)
    await asyncio.sleep(0)
    session.begin(Options("blocked-loop"))
    await until_idle(session)
    assert [options.scenario for options in link.started] == ["slow-io", "blocked-loop"]
    assert session.show is not None


async def test_the_result_is_told_when_everything_has_been_shown(result):
    session = session_with(FakeLink([*race()[:-1], Update(1, Progress("finished", "finished"), result=result)]))
    session.begin(OPTIONS)
    await until_idle(session)
    assert session.phase is Phase.OVER
    assert session.result_due is None
    session.show.to_end()
    assert session.result_due is result


async def test_later_rounds_wait_until_the_earlier_one_has_been_shown(result):
    first, second = [on_threads(4)], [on_threads(4)]
    news = [
        *list(told(first, every_ns=100 * MS))[:-1],
        Update(1, opened=opened(second, number=0, rounds=2), running=True),
        *[each for each in told(second, every_ns=100 * MS) if each.feeds],
        Update(1, Progress("finished", "finished"), result=result),
    ]
    session = session_with(FakeLink(news))
    session.begin(OPTIONS)
    await until_idle(session)
    shown = session.show
    assert not session.turn()
    shown.to_end()
    assert session.turn()
    assert session.show is not shown
    assert session.show.at_end
    assert session.result_due is result


def test_a_still_picture_is_shown_at_its_end():
    session = Session(no_lab)
    session.show_still(loader.opened(first_run()))
    assert session.phase is Phase.STILL
    assert session.show.at_end
    assert session.idle
    assert [target.score().done for target in session.show.targets] == [32, 32]
