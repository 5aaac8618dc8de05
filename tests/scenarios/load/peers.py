"""Servers that make trouble, by how they talk on a connection."""

from __future__ import annotations

import asyncio


async def resets(peer):
    await peer.request()
    peer.reset()


async def resets_within_an_answer(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
    await asyncio.sleep(0.005)
    peer.reset()


async def closes_early(peer):
    await peer.request()


async def closes_within_an_answer(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")


async def closes_within_a_head(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 O")


async def talks_nonsense(peer):
    await peer.request()
    await peer.send(b"SSH-2.0-OpenSSH\r\n")


async def never_answers(peer):
    await peer.request()
    await peer.request()


async def begins_and_never_ends(peer):
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\n")
    await peer.request()


TROUBLES = {
    resets: "reset",
    resets_within_an_answer: "reset",
    closes_early: "closed",
    closes_within_an_answer: "closed",
    closes_within_a_head: "closed",
    talks_nonsense: "protocol",
    never_answers: "timeout",
    begins_and_never_ends: "timeout",
}
