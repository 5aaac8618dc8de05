"""The lab process: `python -m asgi_vs_wsgi.scenarios.lab --parent PID --in FD --out FD`.

Reads commands, writes News, ends when the screen does: by an end of file, by a signal, or by the kernel's
parent-death signal when the screen was killed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal

import anyio

from asgi_vs_wsgi.scenarios.lab.controller import LabController
from asgi_vs_wsgi.scenarios.lab.protocol import Command, Unpacker, pack
from asgi_vs_wsgi.scenarios.log_file import log_on
from asgi_vs_wsgi.scenarios.run.machine_load import count_as_ours
from asgi_vs_wsgi.server_targets.probe.parent_death import die_with_parent


async def _work(commands_fd: int, news_fd: int) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_end_on_signal, tasks.cancel_scope)
        await _answer(LabController(tasks), commands_fd, news_fd)
        tasks.cancel_scope.cancel()


async def _end_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async for _ in signals:
            scope.cancel()


async def _answer(desk: LabController, commands_fd: int, news_fd: int) -> None:
    """Until the screen closes its end."""
    reader, writer = await _open(commands_fd, news_fd)
    unpacker = Unpacker(Command)
    while data := await reader.read(1 << 16):
        for command in unpacker.feed(data):
            if news := await desk.obey(command):
                writer.write(pack(news))
                await writer.drain()


async def _open(commands_fd: int, news_fd: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(commands_fd, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(news_fd, "wb", 0)
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def main() -> None:
    """Start."""
    parser = argparse.ArgumentParser(prog="python -m asgi_vs_wsgi.scenarios.lab")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--in", dest="commands", type=int, required=True)
    parser.add_argument("--out", dest="news", type=int, required=True)
    asked = parser.parse_args()
    die_with_parent(asked.parent, signal.SIGTERM)
    count_as_ours(asked.parent)
    log_on()
    try:
        anyio.run(_work, asked.commands, asked.news, backend_options={"use_uvloop": True})
    except BaseException:
        logging.getLogger(__name__).exception("the lab has failed")
        raise


if __name__ == "__main__":
    main()
