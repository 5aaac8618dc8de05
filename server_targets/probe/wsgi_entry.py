"""The application that WSGI servers are told to run."""

from asgi_vs_wsgi.server_targets.probe.entry import load

application = load("wsgi")
