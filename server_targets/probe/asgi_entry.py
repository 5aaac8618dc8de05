"""The application that ASGI servers are told to run."""

from server_targets.probe.entry import load

application = load("asgi")
