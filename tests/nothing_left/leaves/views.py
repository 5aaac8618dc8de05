"""Every way that is known for a process to get away from whoever started it; all at once, on the first visit."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

from django.http import HttpResponse

ONCE = threading.Lock()
KEPT = []
"""What must not be collected, or it would end what it holds."""
DEAF = "trap '' TERM HUP INT QUIT; while :; do sleep 0.2; done"
RUNNER = """
import os, time
end_s = time.monotonic() + 20
while time.monotonic() < end_s:
    if os.fork():
        os._exit(0)
    os.setsid()
    time.sleep(0.005)
"""
"""Never the same pid for longer than some milliseconds. It ends by itself: one that we failed to end would take most of
the machine, and be hard to catch by hand."""


def _sleep(seconds):
    time.sleep(seconds)


def _leave_all():
    command = ["sleep", "60"]
    KEPT.append(subprocess.Popen(command))
    KEPT.append(subprocess.Popen(command, start_new_session=True))
    KEPT.append(subprocess.Popen(command, env={}))
    KEPT.append(subprocess.Popen(["sh", "-c", DEAF], process_group=0))
    subprocess.run(["sh", "-c", "(setsid sleep 60 &) &"], check=True)  # both parents have ended: a daemon
    subprocess.run([sys.executable, "-S", "-E", "-c", f"import os\nif not os.fork():{_indented(RUNNER)}"], check=True)
    _daemon_with_our_sockets()
    for method in ("fork", "spawn"):
        process = multiprocessing.get_context(method).Process(target=_sleep, args=(60,))
        process.start()
        KEPT.append(process)
    pool = ProcessPoolExecutor(1)
    KEPT.append((pool, pool.submit(_sleep, 60)))


def _indented(code):
    return code.replace("\n", "\n    ")


def _daemon_with_our_sockets():
    """It keeps what it inherits: the listening socket, the visitor's connection, the pipe of the output."""
    child = os.fork()
    if not child:
        os.setsid()
        if os.fork():
            os._exit(0)
        time.sleep(60)
        os._exit(0)
    os.waitpid(child, 0)


def page(request):
    with ONCE:
        if not KEPT:
            _leave_all()
    return HttpResponse("left")
