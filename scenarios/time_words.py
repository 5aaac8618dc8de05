"""A time as people read it; the one place where it is decided how many digits they are shown."""

from __future__ import annotations


def seconds(time_s: float) -> str:
    """`4.2 ms`, `42 ms`, `0.23 s`, `14.2 s`, `142 s`."""
    if time_s < 0.00995:
        return f"{time_s * 1000:.1f} ms"
    if time_s < 0.0995:
        return f"{time_s * 1000:.0f} ms"
    return f"{time_s:.2f} s" if time_s < 9.995 else f"{time_s:.1f} s" if time_s < 99.95 else f"{time_s:.0f} s"
