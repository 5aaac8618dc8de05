"""What is written to stdout and stderr, whatever it quotes, and that nothing else writes there."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import pytest
from command_line import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obeyed_signs import obeyed

from asgi_vs_wsgi.scenarios.errors import RunFailed
from asgi_vs_wsgi.scenarios.run.observer import Progress
from asgi_vs_wsgi.tui.commands.output import ProgressLines, print_json, print_lines
from asgi_vs_wsgi.tui.errors import say, say_error

ROOT = Path(__file__).parents[2]
ANY = st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from("[/] @=ab\x1b\x9b\n\r\x00\u202e\u2028同"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY, ANY)
def test_no_line_that_is_printed_holds_an_order(capsys: pytest.CaptureFixture[str], one: str, other: str):
    say(one, 2)
    say_error(RunFailed(one, detail=other, hint=one))
    print_lines([one, other])
    ProgressLines(sys.stderr).progress(Progress("starting", one))
    ProgressLines(sys.stderr).ready(one, 1)
    out, err = capsys.readouterr()
    assert not obeyed(out.replace("\n", "") + err.replace("\n", ""))
    assert out.count("\n") == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",))))  # type: ignore[arg-type]
def test_json_is_the_same_document_and_holds_no_order(text: str):
    done = _printed_json({"name": text})
    assert json.loads(done) == {"name": text}
    assert not obeyed(done.replace("\n", ""))


def _printed_json(document: object) -> str:
    import io

    kept, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        print_json(document)
        return sys.stdout.buffer.getvalue().decode()
    finally:
        sys.stdout = kept


ECHOED = {
    "a value": ["run", "slow-io", "--set", "x=\x1b]0;OWNED\x07"],
    "a name of an option": ["run", "--\x1b[2J\x9b"],
    "a command": ["\x1b]0;OWNED\x07"],
    "a folder": ["list", "--scenarios", "/nowhere/\x1b[2J\u202e\n"],
    "a file": ["replay", "/nowhere/\x9b2J.avw"],
    "a database": ["run", "slow-io", "--database-url", "\x1b[2J\u202e"],
    "a target": ["run", "slow-io", "--target", "uvicorn\x1b[2J:2"],
    "bytes that are no text": ["run", "slow-\udcff\udc9b"],
}


@pytest.mark.parametrize("arguments", ECHOED.values(), ids=ECHOED.keys())
def test_what_was_typed_is_quoted_and_not_obeyed(arguments: list[str]):
    done = command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert not obeyed(done.stderr.strip("\n"))


def test_only_the_ways_out_write_to_stdout_and_stderr():
    ways_out = {"tui/errors.py", "tui/commands/output.py", "tui/capture/png.py"}
    found = {}
    for file in sorted((ROOT / "tui").rglob("*.py")):
        writes = [node.lineno for node in ast.walk(ast.parse(file.read_text("utf-8"))) if _writes(node)]  # type: ignore[attr-defined]
        if writes:
            found[file.relative_to(ROOT).as_posix()] = writes
    assert set(found) == ways_out


def _writes(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return called in ("print", "click.echo", "click.secho") or bool(
            re.search(r"(std(out|err)(\.buffer)?|_stream)\.write", called)
        )
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "click.echo"


def test_lines_are_counted_as_python_counts_them_everywhere():
    """`splitlines` ends a line at a form feed, U+0085 and U+2028 too; the kernel's files of the probe have none."""
    kernels = {"server_targets/probe/sampling/process_stats.py", "server_targets/probe/sampling/thread_state.py"}
    found = {
        file.relative_to(ROOT).as_posix()
        for room in ("tui", "scenarios", "server_targets")
        for file in sorted((ROOT / room).rglob("*.py"))
        if ".splitlines(" in file.read_text("utf-8") and "catalog" not in file.parts
    }
    assert found <= kernels


TAKES_MARKUP = {"Static", "Label", "Button", "Option", "Words", "Tooltip", "Hit", "DiscoveryHit"}


def test_no_text_is_handed_to_textual_where_it_would_be_read_as_markup():
    """What Textual takes for markup gets Content, or a constant of ours without brackets."""
    wrong = [
        f"{file.relative_to(ROOT)}:{text.lineno}: {ast.unparse(text)}"
        for file in sorted((ROOT / "tui").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for text in _given_as_markup(node)
        if not _is_no_markup(text)
    ]
    assert wrong == []


def _given_as_markup(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in ("from_markup", "render_str", "from_ansi"):
            return [node]
        if name in ("Hit", "DiscoveryHit"):
            return [each.value for each in node.keywords if each.arg in ("help", "display", "match_display")]
        return node.args[:1] if name in TAKES_MARKUP else []
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        return [node.value] if node.targets[0].attr in ("border_title", "border_subtitle", "tooltip") else []
    return []


OF_OURS = {"KEYS", "SURE", "NOTHING", "self._words"}
"""Constants without brackets, and Content by its type."""


def _is_no_markup(value: ast.expr) -> bool:
    if isinstance(value, ast.IfExp):
        return _is_no_markup(value.body) and _is_no_markup(value.orelse)
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str) and "[" not in value.value
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).partition(".")[0] in ("Content", "_told") and "markup" not in ast.unparse(
            value.func
        )
    return ast.unparse(value) in OF_OURS
