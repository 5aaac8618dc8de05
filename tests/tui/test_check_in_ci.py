"""What `check` hands to CI: JUnit that others read, annotations on GitHub, and no command from anybody's text."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from checked_runs import (
    FAILS,
    HOLDS,
    P95,
    UNDECIDED,
    UNMEASURED,
    check,
    recorded,
    rounds_of,
    saved,
    with_target,
)
from junitparser import Error, Failure, JUnitXml, Skipped
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.assertions.junit import Case, junit, workflow_commands
from asgi_vs_wsgi.scenarios.assertions.junit import Outcome as Ends
from asgi_vs_wsgi.scenarios.results import FailureReason
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_line, print_lines
from asgi_vs_wsgi.tui.errors import say, tell


@pytest.fixture(autouse=True)
def _not_on_github(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run there, too."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Four rounds; uvicorn's p95 is 0.22 s in all but the second, in which it is twice as long."""
    return saved(tmp_path_factory.mktemp("noisy"), recorded(), rounds_of(recorded(), {}, {P95: 2}, {}, {}))


def test_junit_is_read_by_another_reader_and_tells_failures_from_errors(noisy, capsys, tmp_path):
    file = tmp_path / "claims.xml"
    claims = [HOLDS[0], FAILS[0], UNDECIDED[0], UNMEASURED[0]]
    arguments = [word for claim in claims for word in ("--assert", claim)]
    assert check(capsys, noisy, *arguments, "--junit", str(file))[0] == 3
    (suite,) = JUnitXml.fromfile(str(file))
    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == ("slow-io", 4, 1, 1, 1)
    cases = list(suite)
    assert [case.name for case in cases] == claims
    assert [[type(each) for each in case.result] for case in cases] == [[], [Failure], [Skipped], [Error]]
    assert "expected above that of “gunicorn-sync”" in cases[1].result[0].message
    check(capsys, noisy, *arguments, "--junit", str(file), "--strict")
    (suite,) = JUnitXml.fromfile(str(file))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (6, 2, 1, 0)
    assert [type(each) for case in suite for each in case.result] == [Failure, Failure, Error]
    assert [case.name for case in suite][4:] == ["law one-per-worker", "law all-at-once"]


HOSTILE = "\x1b]0;x\x07\x00\ud800]]>&<a>\n::error::owned ##[error]owned ::stop-commands::x %0A"


def hostile_run(folder: Path) -> str:
    text = HOSTILE.replace("\ud800", "")  # no file of ours can hold it
    raised = [FailureReason("ValueError", text, "views.py:1 page", 3)]
    result = with_target(recorded(), "uvicorn", failures=raised, crash=None)
    return saved(folder, replace(result, environment=result.environment | {"platform": text}), [])


def test_what_an_exception_says_breaks_no_xml(tmp_path, capsys):
    result = replace(recorded(), scenario=HOSTILE, environment={HOSTILE: HOSTILE})
    cases = [Case(HOSTILE, HOSTILE, Ends.FAILS, HOSTILE)]
    document = ET.fromstring(junit(result, cases, [HOSTILE], strict=False))
    assert "::error::owned" in (document.findtext(".//system-out") or "")
    file = tmp_path / "j.xml"
    check(capsys, hostile_run(tmp_path), "--strict", "--junit", str(file))
    assert len(list(JUnitXml.fromfile(str(file)))) == 1
    assert "3 requests raised ValueError: \\x1b]0;x" in (ET.parse(file).findtext(".//system-out") or "")


def test_a_file_that_could_not_be_written_is_exit_1_and_nothing_is_left(noisy, capsys, tmp_path, monkeypatch):
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "j.xml").write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    code, out, err = check(capsys, noisy, "--assert", HOLDS[0], "--junit", str(tmp_path / "j.xml"))
    assert (code, bool(out)) == (1, True)
    assert "--junit: " in err
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("j.xml", "old")]


@pytest.mark.parametrize("as_json", [False, True])
def test_github_gets_annotations_and_no_command_from_text_that_is_not_ours(
    noisy, tmp_path, capsys, monkeypatch, as_json
):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    arguments = [word for claim in (HOLDS[0], FAILS[0], UNDECIDED[0]) for word in ("--assert", claim)]
    _, out, err = check(capsys, noisy, *arguments, *(["--json"] if as_json else []))
    commands = [line for line in err.splitlines() if line.startswith("::")]
    assert len(commands) == 2
    assert commands[0].startswith(f"::error title={FAILS[0]}::“uvicorn”: p95 latency 0.22 s, expected above")
    assert commands[1].startswith("::warning title=uvicorn/latency_ms.p95 < 300ms::")
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::")]


def read_by_the_runner(line: str) -> tuple[str, dict[str, str], str]:
    """Command, properties and data, by the rules of GitHub's runner: the data begins at the second `::`, properties are
    parted by commas and told by their first `=`, and what stands for a percent sign is read last."""
    assert line.startswith("::")
    about, _, data = line[2:].partition("::")
    command, _, properties = about.partition(" ")

    def read(text: str, signs: str) -> str:
        for sign in signs:
            text = text.replace(f"%{ord(sign):02X}", sign)
        return text

    told = dict(each.split("=", 1) for each in properties.strip().split(","))
    return command, {key: read(value, "\r\n:,%") for key, value in told.items()}, read(data, "\r\n%")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/latency_ms.p95 < 0.5 * b/x", "“a”: 0.22 s, expected below 100%"),
        ("%3A%2C%250A,file=x.py,line=1:: a=b ,,", "%25 %0D%0A::stop-commands::x\n##[error]y, z: 1"),
        ("::", "::"),
    ],
)
def test_an_annotation_is_read_by_the_runner_as_it_was_told(name: str, words: str):
    (line,) = workflow_commands([Case("a", name, Ends.FAILS, words)], strict=False)
    assert "\n" not in line
    assert read_by_the_runner(line) == ("error", {"title": name}, words)


def test_github_obeys_nothing_that_an_exception_or_a_claim_says(tmp_path, capsys, monkeypatch):
    (line,) = workflow_commands([Case("a", "x:y,z\n100%", Ends.FAILS, "50%\r\n::error::owned")], strict=False)
    assert line == "::error title=x%3Ay%2Cz 100%25::50%25%0A::error::owned"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for words in ("::error::owned", "  ::stop-commands::x", "a ##[error]owned"):
        print_lines([words])
        print_line(words)
        tell(words)
        say(words, 0)
        ProgressLines(sys.stderr).line(words)
    print_json({"::a": ["##[error]owned", "::b"]})
    out, err = capsys.readouterr()
    assert "##[" not in out + err
    assert not [line for line in (out + err).splitlines() if line.lstrip().startswith("::")]
    assert json.loads(out[out.index("{") :]) == {"::a": ["##[error]owned", "::b"]}
    claim = "uvicorn/requests.failed == 0"  # holds: no annotation
    for arguments in (["--json"], []):
        _, out, err = check(capsys, hostile_run(tmp_path), "--strict", "--assert", claim, *arguments)
        assert not [line for line in (out + err).splitlines() if "##[" in line or line.lstrip().startswith("::")]
