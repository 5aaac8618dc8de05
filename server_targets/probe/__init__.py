"""What reports from inside a server's worker.

Needs the standard library only (and asgiref where it is there), because it runs inside other people's projects.

    entry ── loads the application and wraps it ── wsgi | asgi
                                                     │ who serves what, when
              steps (coroutines)  threads  sampler ──┤
                                                     ▼
                                recorder ── ring (events) and channel (hello, source locations) ──► lab
"""
