"""Records a run of the real lab: `python -m tui.recorded.record [SCENARIO [FILE]]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from scenarios.experiment import Options
from scenarios.lab.messages import News
from scenarios.lab.wire import pack
from tui.lab_link import LabLink
from tui.lab_starter import LabStarter
from tui.recorded import FIRST

PAUSE_S = 0.03


async def record(scenario: str) -> list[News]:
    """A race, as the screen would be told of it; what has nothing to draw is left out."""
    link = LabLink(await asyncio.wrap_future(LabStarter().start()))
    link.start(Options(scenario, race=True))
    told: list[News] = []
    while True:
        news = await link.ask()
        if news.failure:
            raise SystemExit(f"{news.failure.what}\n{news.failure.detail}")
        if news.opened or news.feeds:
            told.append(News(news.at_ns, opened=news.opened, feeds=news.feeds))
        if not (news.running or news.feeds):
            break
        await asyncio.sleep(PAUSE_S)
    await link.close()
    return told


def main(arguments: list[str]) -> None:
    """Record and write."""
    scenario = arguments[0] if arguments else "slow-io"
    path = Path(arguments[1]) if len(arguments) > 1 else FIRST
    path.write_bytes(b"".join(pack(news) for news in asyncio.run(record(scenario))))
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
