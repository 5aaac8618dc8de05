"""Every file and every process's words are read and written in an encoding that we name, never in the locale's."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
PRODUCT = [file for room in ("tui", "scenarios", "server_targets") for file in sorted((HOUSE / room).rglob("*.py"))]
ALWAYS_TEXT = ("read_text", "write_text")
OPENS = ("open", "fdopen", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "TextIOWrapper")
RUNS = ("run", "Popen", "check_output", "call", "check_call")
BY_LOCALE = ("getpreferredencoding", "getencoding", "getoutput", "getstatusoutput")
NOT_FILES = ("self", "loop", "webbrowser")
"""Whose `open` is another."""


def unnamed(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls whose text has the locale's encoding: line and name."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if "encoding" not in given and _by_locale(call, given):
            yield call.lineno, _name(call)


def _by_locale(call: ast.Call, given: dict[str | None, ast.expr]) -> bool:
    name = _name(call)
    if name in ALWAYS_TEXT:
        return name == "write_text" or not call.args
    if name in OPENS:
        return _is_file(call) and not _binary(call, given, name)
    if name in RUNS:
        return any(_true(given.get(key)) for key in ("text", "universal_newlines"))
    return name in BY_LOCALE


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_file(call: ast.Call) -> bool:
    """`os.open` gives a descriptor, and others open something that is no file."""
    if not isinstance(call.func, ast.Attribute):
        return True
    owner = call.func.value
    return not (isinstance(owner, ast.Name) and owner.id in ("os", *NOT_FILES) and call.func.attr == "open")


def _binary(call: ast.Call, given: dict[str | None, ast.expr], name: str) -> bool:
    if name == "TextIOWrapper":
        return False
    method = isinstance(call.func, ast.Attribute) and name == "open"
    place = 0 if method or "Temporary" in name else 1
    mode = given.get("mode", call.args[place] if len(call.args) > place else None)
    if mode is None:
        return "Temporary" in name or (method and not _on_a_path(call))
    return not isinstance(mode, ast.Constant) or not isinstance(mode.value, str) or "b" in mode.value


def _on_a_path(call: ast.Call) -> bool:
    """`session.open(saved)` takes what it opens; a path takes a mode or nothing."""
    return not call.args


def _true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Path(x).read_text()", ["read_text"]),
        ("self._stat.read_text()", ["read_text"]),
        ("path.write_text(words)", ["write_text"]),
        ("open(name)", ["open"]),
        ("open(name, 'w')", ["open"]),
        ("path.open('x')", ["open"]),
        ("os.fdopen(3, 'w')", ["fdopen"]),
        ("subprocess.run(command, text=True)", ["run"]),
        ("locale.getpreferredencoding()", ["getpreferredencoding"]),
        ("tempfile.NamedTemporaryFile('w')", ["NamedTemporaryFile"]),
        ("path.read_text(encoding='ascii')", []),
        ("open(name, 'rb')", []),
        ("os.open(name, os.O_RDONLY)", []),
        ("os.fdopen(3, 'rb', 0)", []),
        ("subprocess.run(command, capture_output=True)", []),
        ("tempfile.NamedTemporaryFile(dir=d)", []),
    ],
)
def test_what_has_the_locales_encoding_is_found(line: str, found: list[str]):
    assert [name for _, name in unnamed(ast.parse(line))] == found


def test_nothing_in_the_product_has_the_locales_encoding():
    found = [
        f"{file.relative_to(HOUSE)}:{line} {name}"
        for file in PRODUCT
        for line, name in unnamed(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert not found


ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def told(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-m", "asgi_vs_wsgi"]
    return subprocess.run([*command, *arguments], env=os.environ | (env or {}), capture_output=True, check=False)


@pytest.mark.parametrize("env", [{}, ASCII, ASCII | {"PYTHONIOENCODING": "latin-1"}])
def test_commands_speak_and_read_under_any_locale(env: dict[str, str], tmp_path: Path):
    listed = told("list", env=env)
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert b"blocked-loop" in listed.stdout
    assert told("list", "--json", env=env).stdout.decode("utf-8")
    (tmp_path / "caf\u00e9").mkdir()
    made = told("new", "mine", "--scenarios", str(tmp_path / "caf\u00e9"), env=env)
    assert (made.returncode, made.stderr) == (0, b"")
    again = told("list", "--scenarios", str(tmp_path / "caf\u00e9"), env=env)
    assert b"mine" in again.stdout
