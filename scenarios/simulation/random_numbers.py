"""Random numbers of a simulation: splitmix64, which the compiled engine computes likewise (native/random_numbers.h).

Number k of a stream depends on the seed, the stream and k alone (Steele, Lea, Flood: Fast splittable pseudorandom
number generators, 2014), and so a time of a request not on what happened before it: two models see the same requests.
"""

from __future__ import annotations

from enum import IntEnum

ALL_BITS = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
UNIT = 2.0**-53


class Stream(IntEnum):
    """What numbers are for; each purpose has its own."""

    ARRIVAL = 1
    CLASS = 2
    SCRIPT = 3
    TIME = 4
    """Of drawn steps: number `row << 20 | step`."""
    ACCEPT = 5
    THINK = 6
    HASH = 7
    """Which worker's queue, number `row`: a repeated SYN comes to the same."""
    GARBAGE = 8
    """Which of the collections that were seen: number `worker << 32 | how many it has made`."""


def mixed(state: int) -> int:
    """The output function of splitmix64."""
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & ALL_BITS
    state = (state ^ state >> 27) * 0x94D049BB133111EB & ALL_BITS
    return state ^ state >> 31


def stream_start(seed: int, stream: Stream) -> int:
    """Where a stream starts."""
    return mixed(seed + stream * GOLDEN & ALL_BITS)


def number(start: int, k: int) -> int:
    """Number k of the stream that starts there, 64 bits."""
    return mixed(start + k * GOLDEN & ALL_BITS)


def unit(start: int, k: int) -> float:
    """Number k as one above 0 and up to 1: `mixed` once more, since most of all calls are of this."""
    state = start + k * GOLDEN & ALL_BITS
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & ALL_BITS
    state = (state ^ state >> 27) * 0x94D049BB133111EB & ALL_BITS
    return (((state ^ state >> 31) >> 11) + 1) * UNIT


def below(start: int, k: int, limit: int) -> int:
    """Number k as a whole number from 0 to `limit - 1`; `limit` is below 2**32."""
    return (number(start, k) >> 32) * limit >> 32
