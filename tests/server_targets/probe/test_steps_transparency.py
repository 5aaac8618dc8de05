"""A wrapped coroutine behaves as the bare one, on both loops."""

from __future__ import annotations

import asyncio
import inspect
import warnings

import anyio
import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import KINDS, kind_of, on_list

from server_targets.probe.current import CURRENT
from server_targets.probe.records import Kind
from server_targets.probe.steps import follow_tasks

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
            outcome = ("error", type(error), str(error))
        CURRENT.set(0)
    assert (Kind.STEP in map(kind_of, records)) is wrapped
    return outcome


async def returns():
    await asyncio.sleep(0)
    return "value"


async def raises():
    await asyncio.sleep(0)
    raise ValueError("as it was")


async def times_out():
    async with asyncio.timeout(0.01):
        await asyncio.sleep(10)


async def survives_a_timeout():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
    except TimeoutError:
        return await returns()


async def groups():
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(returns()) for _ in range(3)]
    return [task.result() for task in tasks]


async def group_with_an_error():
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(10))
        group.create_task(raises())


async def gathers():
    return await asyncio.gather(returns(), raises(), return_exceptions=False)


async def cancels_another():
    task = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    task.cancel("enough")
    try:
        await task
    except asyncio.CancelledError as error:
        return task.cancelled(), error.args


async def cancels_before_the_first_step():
    task = asyncio.create_task(returns())
    task.cancel()
    results = await asyncio.gather(task, return_exceptions=True)
    return [type(result) for result in results]


async def cancels_itself():
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


async def swallows_a_cancellation():
    async def stubborn():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()
            return "stayed"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    return await task


async def uses_anyio_scopes():
    with anyio.move_on_after(0.01) as scope:
        await anyio.sleep(10)
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 0)
        with anyio.CancelScope() as inner:
            inner.cancel()
            await anyio.sleep(1)
    return scope.cancelled_caught, inner.cancelled_caught


async def iterates_asynchronously():
    async def numbers():
        try:
            for number in range(4):
                await asyncio.sleep(0)
                yield number
        finally:
            await asyncio.sleep(0)

    seen = []
    generator = numbers()
    async for number in generator:
        seen.append(number)
        if number == 2:
            break
    await generator.aclose()
    return seen


async def shields():
    inner = asyncio.create_task(returns())
    return await asyncio.shield(inner)


async def waits_for_a_thread():
    return await asyncio.to_thread(lambda: "from a thread")


async def names_itself():
    coroutine = asyncio.current_task().get_coro()
    return coroutine.__name__, coroutine.__qualname__, coroutine.cr_running


BEHAVIOURS = [
    returns, raises, times_out, survives_a_timeout, groups, group_with_an_error, gathers, cancels_another,
    cancels_before_the_first_step, cancels_itself, swallows_a_cancellation, uses_anyio_scopes,
    iterates_asynchronously, shields, waits_for_a_thread, names_itself,
]  # fmt: skip


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


def test_a_coroutine_that_is_never_awaited_warns_as_it_would_bare(kind):
    report, _ = on_list(kind)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del_me = report.steps(returns(), 7)
        del del_me
    assert [str(warning.message) for warning in caught] == ["coroutine 'returns' was never awaited"]


def test_a_wrapped_coroutine_is_a_coroutine_to_asyncio_and_inspect(kind):
    report, _ = on_list(kind)
    steps = report.steps(returns(), 7)
    assert asyncio.iscoroutine(steps)
    assert inspect.isawaitable(steps)
    steps.close()


def test_a_task_factory_that_was_there_is_kept(kind):
    made = []

    def factory(loop, coroutine, **options):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(factory)
        follow_tasks(loop, on_list(kind)[0])
        CURRENT.set(7)
        return await asyncio.create_task(returns())

    with asyncio.Runner() as runner:
        assert runner.run(main()) == "value"
    assert isinstance(made[0], KINDS[kind].steps_type)
