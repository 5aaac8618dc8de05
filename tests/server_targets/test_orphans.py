"""The lab ends what a killed reaper had below it, and nothing else that it has as a child."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LAB = """
import json, os, subprocess, sys, time
from asgi_vs_wsgi.server_targets.processes import process_table, termination
from asgi_vs_wsgi.server_targets.processes.termination import orphans_adopted
from asgi_vs_wsgi.server_targets.processes.process_table import below, read_entry

if not QUICK:  # as on a kernel without these lists
    process_table._children = lambda pid: []
    termination.lists_children = lambda: False

before = subprocess.Popen(["sleep", "60"])
started = []
with orphans_adopted(lambda: [each.pid for each in started]) as orphans:
    started.append(subprocess.Popen(["sh", "-c", "sleep 60 & wait"]))
    reaper = subprocess.Popen(["sh", "-c", "sleep 60 & setsid sleep 60 & (setsid sleep 60 &) ; wait"])
    started.append(reaper)
    deadline = time.monotonic() + 20
    while len([e for e in below(os.getpid(), thorough=True) if e.command == "sleep"]) < 5:
        assert time.monotonic() < deadline
    reaper.kill()
    reaper.wait()
    orphans.end()
    killed_at = time.monotonic()
    while True:  # what was killed takes its time on a busy machine
        left = [(e.parent == os.getpid(), e.command) for e in below(os.getpid(), thorough=True) if e.running]
        if len(left) <= 3 or time.monotonic() - killed_at > 20:
            break
late = subprocess.check_output(["sh", "-c", "setsid sleep 60 > /dev/null & echo $!"])
adopted_later = read_entry(int(late)).parent == os.getpid()
print(json.dumps([sorted(left), adopted_later]))
for each in [*below(os.getpid(), thorough=True)]:
    os.kill(each.pid, 9)
os.kill(int(late), 9)
"""


@pytest.mark.parametrize("quick", [True, False], ids=["children told by the kernel", "not told"])
def test_orphans_are_ended_and_what_the_lab_has_started_or_had_before_is_not(quick):
    done = subprocess.run(
        [sys.executable, "-c", LAB.replace("QUICK", str(quick))], stdout=subprocess.PIPE, check=True, timeout=60
    )
    left, adopted_later = json.loads(done.stdout)
    assert left == [[False, "sleep"], [True, "sh"], [True, "sleep"]]
    assert not adopted_later
