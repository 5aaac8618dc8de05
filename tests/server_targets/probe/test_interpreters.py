"""The compiled probe at the edges of an interpreter's life: it ends, it forks, there are several, all are greenlets.

Each in a process of its own, since a fault would be a crash.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from asgi_vs_wsgi.server_targets.probe.backends import native
from asgi_vs_wsgi.server_targets.probe.protocol import records

pytestmark = pytest.mark.skipif(native is None, reason="nothing was compiled")
ROOT = Path(records.__file__).parents[2]

REPORTER = """
    import asyncio, gc, os, sys, tempfile, threading, time
    from pathlib import Path
    from types import SimpleNamespace
    from asgi_vs_wsgi.server_targets.probe.protocol import ring
    from asgi_vs_wsgi.server_targets.probe.hooks.asgi import ProbedAsgi
    from asgi_vs_wsgi.server_targets.probe.sampling.source_location import SourceLocations
    from asgi_vs_wsgi.server_targets.probe.request_context import CURRENT
    from asgi_vs_wsgi.server_targets.probe.sampling.thread_state import ThreadStates
    from asgi_vs_wsgi.server_targets.probe.backends import native, native_recorder
    from asgi_vs_wsgi.server_targets.probe.protocol.records import RECORD, Kind
    from asgi_vs_wsgi.server_targets.probe.sampling.sampler import Sampler
    from asgi_vs_wsgi.server_targets.probe.hooks.executors import follow_threads
    from asgi_vs_wsgi.server_targets.probe.hooks.accept import follow_accepts

    path = Path(tempfile.mkdtemp()) / "ring"
    buffer = ring.create(path, 1 << 12)
    report = native_recorder(buffer, None)
    sampled = SourceLocations(SimpleNamespace(location=lambda *told: None), __name__, native=native)
    Sampler(report, sampled, ThreadStates()).start()
    follow_threads(report)
    follow_accepts()
    wsgi = report.wsgi(lambda environ, start: [start("200 OK", [])])

    def written():
        raw = path.read_bytes()[ring.HEADER_BYTES:]
        found = (RECORD.unpack_from(raw, at) for at in range(0, len(raw), RECORD.size))
        return sum(1 for record in found if record[-1] and record[4] in (Kind.BEGIN, Kind.END))  # no sampler's
"""


def run(program: str) -> str:
    """What it printed; it ended well."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
    text = textwrap.dedent(REPORTER) + textwrap.dedent(program)
    command = [sys.executable, "-P", "-W", "ignore", "-c", text]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "Fatal" not in ran.stderr
    return ran.stdout


def test_an_interpreter_may_end_in_the_midst_of_requests():
    """Bodies, coroutines and threads are left as they are; modules go before their objects do."""
    run("""
        kept = [wsgi({}, lambda *given: None) for _ in range(3)]
        sys.kept = kept  # freed when nearly all is gone

        async def application(scope, receive, send):
            await asyncio.Event().wait()

        async def server():
            sys.steps = ProbedAsgi(application, report)({"type": "http", "headers": []}, None, None)
            sys.steps.send(None)
            CURRENT.set(7)
            asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.05)
            threading.Thread(target=wsgi, args=({}, lambda *given: time.sleep(60)), daemon=True).start()
            time.sleep(0.02)

        loop = asyncio.new_event_loop()
        loop.run_until_complete(server())
        class Late:
            def __del__(self):
                wsgi({}, lambda *given: None)
        sys.late = Late()
    """)


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
def test_a_child_that_is_forked_writes_nothing_and_ends_as_it_likes(end):
    told = run(f"""
        body = wsgi({{}}, lambda *given: None)
        before = written()
        pid = os.fork()
        if not pid:
            body.close()
            for _ in range(10):
                wsgi({{}}, lambda *given: None).close()
            gc.collect()
            {end}
        assert os.waitpid(pid, 0)[1] == 0
        print(written() - before)
        body.close()
        print(written() - before)
    """)
    assert told.split() == ["0", "1"]


def test_another_interpreter_in_the_process_does_without_the_compiled_part():
    """What it knows of Python (a context variable, the loop's functions) is one interpreter's own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
    program = textwrap.dedent("""
        import sys
        interpreters = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
        one = interpreters.create()
        text = '''if True:
            from asgi_vs_wsgi.server_targets.probe.backends import native
            assert native is None
        '''
        failed = interpreters.run_string(one, text)
        assert not failed, failed
        interpreters.destroy(one)
        from asgi_vs_wsgi.server_targets.probe.backends import native
        assert native is not None
    """)
    command = [sys.executable, "-P", "-W", "ignore", "-c", program]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr


def test_under_gevent_requests_and_looks_go_on():
    pytest.importorskip("gevent")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
    program = (
        "from gevent import monkey; monkey.patch_all()\n"
        + textwrap.dedent(REPORTER)
        + textwrap.dedent("""
        import gevent
        def application(environ, start):
            gevent.sleep(0.01)
            until = time.perf_counter() + 0.02
            while time.perf_counter() < until:
                pass
            return [b"x"]
        wsgi = report.wsgi(application)
        def visit():
            body = wsgi({}, lambda *given: None)
            list(body)
            body.close()
        gevent.joinall([gevent.spawn(visit) for _ in range(20)], raise_error=True)
        killed = gevent.spawn(visit)
        gevent.sleep(0.001)
        killed.kill()
        gc.collect()
        print(written())
    """)
    )
    command = [sys.executable, "-P", "-W", "ignore", "-c", program]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == 42
