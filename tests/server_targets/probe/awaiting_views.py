"""Coroutines that wait, each for another thing; `WAITS` says for what, and at which function's line."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import socket
import threading

import anyio
import anyio.to_thread
from asgiref.sync import sync_to_async

LONG_S = 30
GO_ON = threading.Event()
"""For threads, which nobody can cancel."""


async def of_a_semaphore():
    await asyncio.Semaphore(0).acquire()


async def of_a_bounded_semaphore():
    semaphore = asyncio.BoundedSemaphore(1)
    async with semaphore, semaphore:
        pass


async def of_a_lock():
    lock = asyncio.Lock()
    async with lock:
        await lock.acquire()


async def of_an_event():
    await asyncio.Event().wait()


async def of_a_condition():
    condition = asyncio.Condition()
    async with condition:
        await condition.wait()


async def of_a_queue():
    await asyncio.Queue().get()


async def of_a_timer():
    await asyncio.sleep(LONG_S)


async def of_a_limited_semaphore():
    await asyncio.wait_for(asyncio.Semaphore(0).acquire(), LONG_S)


async def of_a_task():
    await asyncio.create_task(asyncio.sleep(LONG_S))


async def of_a_gathering():
    await asyncio.gather(of_a_timer(), of_a_queue())


async def of_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(of_a_timer())


async def of_those_that_are_over():
    for each in asyncio.as_completed([of_a_timer()]):
        await each


async def of_a_shield():
    await asyncio.shield(of_a_timer())


async def of_anothers_future():
    await asyncio.get_running_loop().create_future()


async def _in_the_limit():
    await asyncio.sleep(LONG_S)


async def of_what_is_limited():
    await asyncio.wait_for(_in_the_limit(), LONG_S)


async def _parts():
    yield 1
    await asyncio.sleep(LONG_S)


async def of_a_generator():
    async for _ in _parts():
        pass


class _Own:
    def __await__(self):
        yield from asyncio.sleep(LONG_S).__await__()


async def of_an_own_awaitable():
    await _Own()


async def of_a_thread():
    await asyncio.to_thread(GO_ON.wait, LONG_S)


async def of_threads_together():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, GO_ON.wait, LONG_S) for _ in range(2)))


async def of_a_full_executor():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(GO_ON.wait, LONG_S)
        await asyncio.get_running_loop().run_in_executor(pool, len, "")


async def of_asgirefs_full_executor():
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(GO_ON.wait, LONG_S)
        await sync_to_async(len, thread_sensitive=False, executor=pool)("")


async def of_a_process():
    reading, writing = os.pipe()
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        try:
            await asyncio.get_running_loop().run_in_executor(pool, os.read, reading, 1)
        finally:
            os.write(writing, b"x")
            os.close(reading)
            os.close(writing)


async def of_a_child():
    process = await asyncio.create_subprocess_exec("sleep", "30")
    try:
        await process.wait()
    finally:
        process.kill()
        await process.wait()


async def _connect():
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()


async def of_a_stream():
    server, address = await _connect()
    async with server:
        reader, writer = await asyncio.open_connection(*address)
        try:
            await reader.read(1)
        finally:
            writer.close()


async def of_a_raw_socket():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        await asyncio.get_running_loop().sock_recv(ours, 1)


async def of_anyios_stream():
    server, address = await _connect()
    async with server, await anyio.connect_tcp(*address) as stream:
        await stream.receive()


async def of_anyios_semaphore():
    await anyio.Semaphore(0).acquire()


async def of_anyios_full_threads():
    limiter = anyio.CapacityLimiter(1)
    await limiter.acquire_on_behalf_of("somebody")
    await anyio.to_thread.run_sync(len, "", limiter=limiter)


async def of_anyios_thread():
    await anyio.to_thread.run_sync(GO_ON.wait, LONG_S)


async def of_anyios_queue():
    _send, receive = anyio.create_memory_object_stream[int](1)
    with _send, receive:
        await receive.receive()


async def of_anyios_group():
    async with anyio.create_task_group() as group:
        group.start_soon(of_a_timer)


WAITS = {
    of_a_semaphore: ("a semaphore", "of_a_semaphore"),
    of_a_bounded_semaphore: ("a semaphore", "of_a_bounded_semaphore"),
    of_a_lock: ("a lock", "of_a_lock"),
    of_an_event: ("an event", "of_an_event"),
    of_a_condition: ("an event", "of_a_condition"),
    of_a_queue: ("a queue", "of_a_queue"),
    of_a_timer: ("a timer", "of_a_timer"),
    of_a_limited_semaphore: ("a semaphore", "of_a_limited_semaphore"),
    of_a_task: ("another task", "of_a_task"),
    of_a_gathering: ("another task", "of_a_gathering"),
    of_a_group: ("another task", "of_a_group"),
    of_those_that_are_over: ("another task", "of_those_that_are_over"),
    of_a_shield: ("another task", "of_a_shield"),
    of_anothers_future: ("another task", "of_anothers_future"),
    of_what_is_limited: ("a timer", "_in_the_limit"),
    of_a_generator: ("a timer", "_parts"),
    of_an_own_awaitable: ("a timer", "__await__"),
    of_a_thread: ("its own call in a thread", "of_a_thread"),
    of_threads_together: ("its own call in a thread", "of_threads_together"),
    of_a_full_executor: ("a free thread of the executor", "of_a_full_executor"),
    of_asgirefs_full_executor: ("a free thread of the executor", "of_asgirefs_full_executor"),
    of_a_process: ("another process", "of_a_process"),
    of_a_child: ("another process", "of_a_child"),
    of_a_stream: ("a socket", "of_a_stream"),
    of_a_raw_socket: ("a socket", "of_a_raw_socket"),
    of_anyios_stream: ("a socket", "of_anyios_stream"),
    of_anyios_semaphore: ("a semaphore", "of_anyios_semaphore"),
    of_anyios_full_threads: ("a free thread of the executor", "of_anyios_full_threads"),
    of_anyios_thread: ("its own call in a thread", "of_anyios_thread"),
    of_anyios_queue: ("a queue", "of_anyios_queue"),
    of_anyios_group: ("another task", "of_anyios_group"),
}
