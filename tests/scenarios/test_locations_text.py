"""What a worker says of a source line or an exception passes the gate where the lab hears it, whatever it is called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obeyed_signs import obeyed

from asgi_vs_wsgi.scenarios.collector.collector import LONGEST_WORDS, Collector, WorkerLink
from asgi_vs_wsgi.server_targets.probe.protocol.channel import Channel

ANY = st.text(st.characters(exclude_categories=()), min_size=1)


async def heard(socket: Path, *places: str) -> list[str]:
    """The words of locations that a worker told on its line."""
    link = await told(socket, lambda channel: [channel.location(number, where) for number, where in enumerate(places)])
    return [link.locations[number] for number in range(len(places))]


async def told(socket: Path, tell: Callable[[Channel], object]) -> WorkerLink:
    """What the lab has of a worker that told it on its line."""
    collector, ended = Collector(socket), asyncio.Event()
    collector.on_end = lambda link: ended.set()
    await collector.start()
    channel = await asyncio.to_thread(Channel, str(socket))
    channel.hello(0, None, None)
    tell(channel)
    channel._socket.close()
    await asyncio.wait_for(ended.wait(), 10)
    (link,) = collector.links
    await collector.close()
    socket.unlink()
    return link


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(ANY, max_size=4))
def test_no_name_of_a_file_is_obeyed_and_none_ends_the_line_of_its_worker(tmp_path: Path, places: list[str]):
    words = asyncio.run(heard(tmp_path / "s", *places))
    assert len(words) == len(places)
    assert not obeyed("".join(words))


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("views.py:12 page", "views.py:12 page"),
        ("caf\udce9.py:3 page", "caf\\udce9.py:3 page"),
        ("a\x1b[2J\n.py:3 page", "a\\x1b[2J\\n.py:3 page"),
        ("同期.py:3 ページ", "同期.py:3 ページ"),
    ],
)
def test_a_location_is_told_as_it_is_as_far_as_it_can_be_shown(tmp_path: Path, where: str, told: str):
    assert asyncio.run(heard(tmp_path / "s", where)) == [told]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.tuples(ANY, st.text(max_size=1000), ANY), max_size=4))
def test_no_exception_is_obeyed_whatever_its_words_are(tmp_path: Path, raised: list[tuple[str, str, str]]):
    link = asyncio.run(
        told(tmp_path / "s", lambda channel: [channel.failure(number, *each) for number, each in enumerate(raised)])
    )
    assert [*link.raised] == [*range(len(raised))]
    for each in link.raised.values():
        assert not obeyed("".join(each))
        assert len(each[1]) <= LONGEST_WORDS


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("two\nlines", "two lines"),
        ("no way to postgres://me:open@sesame@host/db today", "no way to postgres://me:***@host/db today"),
        ("x" * 290 + " postgres://me:secret@host/db", "x" * 290 + " postgres…"),
        ("a\x1b[2J", "a\\x1b[2J"),
    ],
)
def test_an_exceptions_words_are_one_line_without_passwords(tmp_path: Path, words: str, shown: str):
    link = asyncio.run(told(tmp_path / "s", lambda channel: channel.failure(1, "Error", words, "views.py:1 page")))
    assert link.raised == {1: ("Error", shown, "views.py:1 page")}
