"""A wrapped coroutine is taken for one, by asyncio and by whoever looks at it."""

from __future__ import annotations

import asyncio
import inspect
import warnings

import pytest
from coroutines import returns
from kinds import KINDS, kind_of, on_list

from asgi_vs_wsgi.server_targets.probe.hooks.coroutines import follow_tasks
from asgi_vs_wsgi.server_targets.probe.protocol.records import Kind
from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT

pytestmark = pytest.mark.parametrize("kind", KINDS)


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


def test_only_tasks_that_are_created_inside_a_request_are_followed(kind):
    report, records = on_list(kind)

    async def main():
        follow_tasks(asyncio.get_running_loop(), report)
        await asyncio.create_task(returns())
        assert not records
        CURRENT.set(7)
        await asyncio.create_task(returns())
        CURRENT.set(0)

    asyncio.run(main())
    assert {record[2] for record in records} == {7}


def test_a_step_that_the_sampler_has_met_is_told_with_its_end_and_the_next_one_is_a_step_as_any(kind):
    report, records = on_list(kind)

    async def met_in_its_first_step():
        report.lanes.of_running_loop().sampled = True
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def main():
        await report.steps(met_in_its_first_step(), 7)

    asyncio.run(main())
    assert [kind_of(record) for record in records] == [Kind.STEP_END, Kind.STEP, Kind.STEP, Kind.STEP]
