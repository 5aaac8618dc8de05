"""Which of the processes that a reaper ended were started by views."""

from __future__ import annotations

import json
import os

from asgi_vs_wsgi.server_targets.processes.reaper import EndedProcess, ReaperReport, started_by_views

REAPER, SERVER, WORKER, OTHER_WORKER = 9, 10, 11, 12


def test_a_views_processes_are_those_below_workers_and_orphans():
    ended = [
        EndedProcess(SERVER, REAPER, "gunicorn"),
        EndedProcess(WORKER, SERVER, "gunicorn"),
        EndedProcess(OTHER_WORKER, REAPER, "gunicorn"),  # its master ended before it
        EndedProcess(20, WORKER, "sleep"),
        EndedProcess(21, 20, "cat"),
        EndedProcess(22, OTHER_WORKER, "sleep"),
        EndedProcess(23, SERVER, "tracker"),
        EndedProcess(24, 23, "helper"),
        EndedProcess(25, REAPER, "daemon"),
        EndedProcess(26, 25, "child"),
    ]
    workers = {WORKER, OTHER_WORKER}
    expected = {"sleep": 2, "cat": 1, "daemon": 1, "child": 1}
    for order in (ended, ended[::-1]):
        assert started_by_views(order, SERVER, workers) == expected


def test_of_a_server_that_is_its_own_worker_all_below_it_is_a_views():
    ended = [EndedProcess(20, SERVER, "sleep"), EndedProcess(21, 20, "cat")]
    assert started_by_views(ended, SERVER, {SERVER}) == {"sleep": 1, "cat": 1}


def test_a_report_that_comes_in_pieces_is_read_when_it_is_whole():
    report = ReaperReport()
    assert (report.server, report.ended) == (None, None)
    told = json.dumps({"server": SERVER}) + "\n" + json.dumps({"ended": [[20, WORKER, "sleep"]]}) + "\n"
    os.write(report.their_end, told[:5].encode())
    assert report.server is None
    os.write(report.their_end, told[5:30].encode())
    assert (report.server, report.ended) == (SERVER, None)
    os.write(report.their_end, told[30:].encode())
    assert report.ended == [EndedProcess(20, WORKER, "sleep")]
    report.close()
