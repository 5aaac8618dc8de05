"""The first thing that runs for a server: forks its reaper off, arms the server's end, then becomes the server.

    python -m asgi_vs_wsgi.server_targets.processes.launch PARENT_PID REPORT_FD MODULE:FUNCTION ARGUMENT...

Calls the server's own command-line entry with the arguments, as its console script would.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from operator import attrgetter

from asgi_vs_wsgi.server_targets.probe.parent_death import adopt_orphans, die_with_parent, leave_foreground
from asgi_vs_wsgi.server_targets.processes.reaper import WATCHED, Reaper
from asgi_vs_wsgi.server_targets.worker_config import TOOLS


def main() -> None:
    """This process stays as the reaper; its child is the server."""
    parent, report, entry, *arguments = sys.argv[1:]
    leave_foreground()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    adopt_orphans()
    die_with_parent(int(parent), signal.SIGTERM)
    reaper = os.getpid()
    try:
        server = os.fork()
    except OSError as error:
        sys.exit(f"the server could not be forked: {error.strerror}")
    if server:
        Reaper(server, int(report)).run()
    leave_foreground()
    die_with_parent(reaper)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(int(report))
    # Behind all that is there: whoever brings a server of their own runs that.
    sys.path += filter(None, os.environ.get(TOOLS, "").split(os.pathsep))
    module, _, function = entry.partition(":")
    sys.argv = [module, *arguments]
    sys.exit(attrgetter(function)(import_module(module))())


if __name__ == "__main__":
    main()
