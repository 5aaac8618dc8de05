"""Coroutines of every kind, whose outcome nobody may change who only looks on."""

from __future__ import annotations

import asyncio

import anyio


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
