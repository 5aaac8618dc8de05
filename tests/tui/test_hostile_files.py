"""Text from others is text in pictures and recordings, and in what is read from saved runs."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import msgspec
from hostile_runs import MARKUP, hostile_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obeyed_signs import obeyed

from asgi_vs_wsgi.scenarios.storage.run_file import HEAD
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.capture.asciicast import Scene, ansi, asciicast_lines
from asgi_vs_wsgi.tui.capture.frame import Frame, Look, Run
from asgi_vs_wsgi.tui.capture.svg import svg

ANY = st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from("[/] @=ab\x1b\x9b\n\r\x00\u202e\u2028同"))


PAGE = Look("#ffffff", "#000000")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY, ANY)
def test_a_picture_is_xml_and_a_recording_json_whatever_they_are_called(title: str, marker: str):
    frame = Frame(2, 1, ((Run(0, 2, "ab", PAGE),),), PAGE, title)
    root = ElementTree.fromstring(svg(frame).encode())
    assert not obeyed(root[0].text or "")
    written = "".join(asciicast_lines([Scene(0.0, frame, (marker,))])).encode().decode()
    assert not obeyed(written.replace("\n", ""))
    header, *_ = map(json.loads, written.split("\n")[:-1])
    assert not obeyed(header["title"])


def test_an_emoji_of_two_parts_is_one_sign_in_pictures_and_recordings():
    row = (Run(0, 1, "a", PAGE), Run(1, 2, "❤️", PAGE, joined=True), Run(3, 1, "b", PAGE))
    frame = Frame(4, 1, (row,), PAGE)
    texts = [each.text for each in ElementTree.fromstring(svg(frame)).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["a", "❤️", "b"]
    assert "a❤️b" in re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", ansi(None, frame))


def test_what_comes_out_of_a_saved_run_has_passed_and_its_code_is_what_ran(tmp_path: Path):
    file = hostile_run(tmp_path)
    run = read_run(file)
    texts = list(strings(msgspec.to_builtins(run, builtin_types=(bytes,)) | {"scenario": None}))
    assert any(MARKUP in text for text in texts)
    assert not obeyed("".join(texts))
    raw = msgspec.msgpack.decode(zlib.decompress(file.read_bytes()[HEAD.size :]))
    assert (run.scenario.views, run.scenario.lesson) == (raw["scenario"]["views"], raw["scenario"]["lesson"])


def strings(document: object) -> list[str]:
    if isinstance(document, str):
        return [document]
    if isinstance(document, dict):
        return [text for pair in document.items() for each in pair for text in strings(each)]
    return [text for each in document for text in strings(each)] if isinstance(document, (list, tuple)) else []
