"""A saved run whose every text wants to be more than text; files of it, and scenarios of the same kind."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec
from made_runs import made_run

from asgi_vs_wsgi.scenarios.results import LawResult
from asgi_vs_wsgi.scenarios.storage.run_file import HEAD, MAGIC, VERSION, SavedRun

ORDERS = "\x1b]0;OWNED\x07\x1b[2J\x1b[31;1m\x9b7mHID\r\n\t\x00\x85\u2028\u202eDER\u2066\ufffe\x7f"
"""Title, clear, colour, C1, line breaks, letters turned around, what XML cannot hold."""
MARKUP = "[@click=app.quit]QUIT[/] [bold [/] [$accent]x &lt;<b>"
WIDE = "同期👩‍💻"
NAMES = {"name", "server", "label", "version", "where", "words", "winner", "target", "scenario", "trouble"}
"""Fields that hold free text; others are words with a meaning."""


def hostile(value: Any, text: str = MARKUP + ORDERS + WIDE, field: str = "") -> Any:
    """The same document with `text` behind all its free texts."""
    if isinstance(value, str):
        return value + text if field in NAMES else value
    if isinstance(value, LawResult):
        return value  # the name of a law is a word with a meaning, and the reader refuses another
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value, **{each: hostile(getattr(value, each), text, each) for each in value.__struct_fields__}
        )
    if isinstance(value, dict):
        texts = field in ("locations", "environment")
        return {key: hostile(each, text, "words" if texts else field) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([hostile(each, text, field) for each in value])
    return value


def hostile_run(folder: Path, text: str = MARKUP + ORDERS + WIDE) -> Path:
    """A file that `run --save` would never write, and anybody may send."""
    file = made_run(folder)
    saved = msgspec.msgpack.decode(zlib.decompress(file.read_bytes()[HEAD.size :]), type=SavedRun)
    scenario = saved.scenario
    lesson = f"# X\n\n## {text}\n\n- {text}\n\nsome *{text}*\n"
    comment = "".join(sign for sign in text if sign not in "\r\n\0")
    views = f"# {comment}\ndef page(request):\n    # {comment}\n    return '{comment}'\n"
    targets, result = hostile(saved.targets, text), hostile(saved.result, text)
    toml = scenario.toml.replace('"Slow I/O"', f"'{WIDE} {MARKUP}'")
    scenario = msgspec.structs.replace(scenario, lesson=lesson, views=views, toml=toml)
    made = msgspec.structs.replace(saved, scenario=scenario, targets=targets, result=result)
    body = zlib.compress(msgspec.msgpack.encode(made))
    file.write_bytes(HEAD.pack(MAGIC, VERSION, len(body), zlib.crc32(body)) + body)
    return file
