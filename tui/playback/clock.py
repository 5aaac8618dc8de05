"""The time of the person before the screen, in seconds; tests bring their own."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]

wall_clock: Clock = time.monotonic
