"""The worker's side of the recording, one per process: the ring to write to, the channel, the lanes."""

from __future__ import annotations

from dataclasses import dataclass, field

from server_targets.probe.channel import Channel
from server_targets.probe.lanes import Lanes
from server_targets.probe.ring import Write


@dataclass
class Reporter:
    """Shared by everything in this package that has something to report."""

    write: Write
    channel: Channel
    lanes: Lanes = field(default_factory=Lanes)
