"""A wrapped coroutine comes to the same as the bare one, on both loops."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from coroutines import BEHAVIOURS
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import KINDS, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import follow_tasks
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

pytestmark = pytest.mark.parametrize("kind", KINDS)
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def run(main, *, wrapped: bool, loop: str, kind: str):
    """What `main()` comes to: its value or the type and words of its error; run inside a request if wrapped."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        report, records = on_list(kind)

        async def outer():
            if wrapped:
                follow_tasks(asyncio.get_running_loop(), report)
                CURRENT.set(7)
            return await asyncio.get_running_loop().create_task(main())

        try:
            outcome = ("value", runner.run(outer()))
        except BaseException as error:
            outcome = ("error", type(error), str(error))  # type: ignore[assignment]
        CURRENT.set(0)
    assert (Kind.STEP in map(kind_of, records)) is wrapped
    return outcome


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.__name__)
def test_a_wrapped_coroutine_comes_to_the_same_as_the_bare_one(behaviour, loop, kind):
    assert run(behaviour, wrapped=True, loop=loop, kind=kind) == run(behaviour, wrapped=False, loop=loop, kind=kind)


STEPS = st.recursive(
    st.sampled_from(["return", "raise", "sleep", "cancel", "timeout"]),
    lambda children: st.lists(children, min_size=1, max_size=3),
    max_leaves=8,
)


async def play(plan):
    """A random nest of tasks: a list is a group of tasks, a word what one of them does."""
    if isinstance(plan, list):
        return await asyncio.gather(*(play(part) for part in plan), return_exceptions=True)
    await asyncio.sleep(0)
    if plan == "raise":
        raise LookupError(plan)
    if plan == "cancel":
        asyncio.current_task().cancel()
        await asyncio.sleep(0)
    if plan == "timeout":
        async with asyncio.timeout(0):
            await asyncio.sleep(10)
    return plan


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_any_nest_of_tasks_comes_to_the_same(kind, plan):
    for loop in LOOPS:
        outcomes = [run(lambda: play(plan), wrapped=wrapped, loop=loop, kind=kind) for wrapped in (True, False)]
        assert repr(outcomes[0]) == repr(outcomes[1])
