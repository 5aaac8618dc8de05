"""The first thing that runs in a server's process: arms its end, then becomes the server.

    python -m server_targets.launch PARENT_PID MODULE:FUNCTION ARGUMENT...

Calls the server's own command-line entry with the arguments, as its console script would.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from operator import attrgetter

from server_targets.probe.lifetime import die_with_parent, leave_foreground


def main() -> None:
    """Arm, note our pid as the master's for the workers, and start the server."""
    parent, entry, *arguments = sys.argv[1:]
    leave_foreground()
    die_with_parent(int(parent))
    os.environ["ASGI_VS_WSGI_MASTER"] = str(os.getpid())
    module, _, function = entry.partition(":")
    sys.argv = [module, *arguments]
    sys.exit(attrgetter(function)(import_module(module))())


if __name__ == "__main__":
    main()
