"""Claims of a real run: judged by its rounds, saved with it, and judged the same when it is opened again."""

from __future__ import annotations

import json
import signal

import pytest
from command_line import command, started
from junitparser import JUnitXml

pytestmark = pytest.mark.live

CLAIMS = (  # of what is no time: a machine that is busy with other tests leaves times undecided
    "uvicorn/requests.failed == 0",
    "gunicorn-sync/requests.completed > uvicorn/requests.planned",
    "gunicorn-sync/connections.peak < 4",
)


def test_claims_are_judged_after_the_report_and_again_of_the_saved_run(tmp_path):
    saved, file = tmp_path / "run.avw", tmp_path / "claims.xml"
    few = ["--requests", "4", "--set", "io_ms=20", "--rounds", "3", "--no-keep", "--json", "--save", str(saved)]
    claims = [word for claim in CLAIMS for word in ("--assert", claim)]
    done = command("run", "slow-io", *few, *claims, "--junit", str(file))
    assert done.returncode == 3, done.stderr
    assert done.stderr.rstrip().endswith("of 3 claims 2 do not hold")
    asserts = json.loads(done.stdout)["asserts"]
    assert [(each["claim"], each["holds"]) for each in asserts] == list(zip(CLAIMS, (True, False, False), strict=True))
    assert [each["rounds"] for each in asserts] == [3, 3, 0]
    (suite,) = JUnitXml.fromfile(str(file))
    assert (suite.tests, suite.failures, suite.errors) == (3, 1, 1)
    again = command("check", str(saved), "--json")
    assert again.returncode == 3
    assert json.loads(again.stdout)["asserts"] == asserts


def test_a_run_that_is_stopped_writes_no_junit_file(tmp_path):
    file = tmp_path / "claims.xml"
    arguments = ["run", "slow-io", "--set", "io_ms=400", "--no-keep", "--strict", "--junit", str(file)]
    with started(*arguments, env={}) as process:
        assert process.stderr
        while "measuring" not in (line := process.stderr.readline()):
            assert line, "it ended by itself"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []
