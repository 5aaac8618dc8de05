"""A lab process that plays a file of News: `fake_lab.py FILE --parent PID --in FD --out FD`.

Speaks the real pipe protocol. Two files of their own kind: `die` ends it with status 3 and a last line at the first
question, `deaf` never answers and ignores SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from asgi_vs_wsgi.scenarios.lab.protocol import Command, Poll, Start, Stop, Unpacker, Update, pack


def main(file: str, commands_fd: int, news_fd: int) -> None:
    unpacker, left = Unpacker(Command), []
    if file == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    while data := os.read(commands_fd, 1 << 16):
        for command in unpacker.feed(data):
            match command:
                case Start() if file == "die":
                    sys.stderr.write("the last words of a lab\n")
                    sys.exit(3)
                case Start():
                    left = list(Unpacker(Update).feed(Path(file).read_bytes()))
                case Stop():
                    left = []
                case Poll():
                    os.write(news_fd, pack(left.pop(0) if left else Update(0)))


if __name__ == "__main__":
    asked = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    main(sys.argv[1], int(asked["--in"]), int(asked["--out"]))
