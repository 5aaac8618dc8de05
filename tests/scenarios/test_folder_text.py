"""Which text a scenario folder may hold: all that people write, and nothing that a terminal obeys."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obeyed_signs import obeyed
from test_folder import KNOWN, TOML, VIEWS, told

from asgi_vs_wsgi.scenarios.model.scenario import MOST_CODE_BYTES, MOST_LESSON_BYTES
from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, read_folder
from asgi_vs_wsgi.scenarios.scenario_files.validation import MOST_LETTERS
from asgi_vs_wsgi.tui.modes.source_lines import view_lines

LEGAL = {
    "a no-break space": "Vite ou lent\u00a0?",
    "a narrow one": "1\u202f000 visiteurs",
    "a family of emoji": "👩‍💻 coders",
    "a joiner of Devanagari": "श्री‍मान",
    "a non-joiner of Persian": "نمی‌خواهم",
    "a soft hyphen": "Dampf\u00adschiff",
    "a mark from right to left": "אבג\u200f!",
    "an emoji that is one by its selector": "❤️",
    "a sign of private use": "\ue0b0 prompt",
    "brackets": "[/] [bold] [@click=app.quit]x[/]",
}
KEYS = {
    "title": '"Mine"',
    "summary": '"Four visitors."',
    "predict.question": '"Which?"',
    "predict.answers[0]": '"this"',
    "quiz[0].question": '"Why?"',
    "quiz[0].answers[1]": '"not so"',
    "quiz[0].why[0]": '"yes"',
    "parameters.io_ms.help": '"how long"',
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    made.mkdir()
    (made / "scenario.toml").write_text(TOML, encoding="utf-8")
    (made / "views.py").write_text(VIEWS, encoding="utf-8")
    (made / "lesson.md").write_text("# Mine\n", encoding="utf-8")
    return made


def escaped(text: str) -> str:
    """As TOML writes it."""
    return '"' + "".join(f"\\U{ord(sign):08x}" for sign in text) + '"'


def write_toml(folder: Path, text: str) -> Path:
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("text", LEGAL.values(), ids=LEGAL.keys())
def test_text_of_any_language_is_a_title_and_a_label(folder: Path, text: str) -> None:
    label = f'view = "page"\nlabel = {escaped(text)}\nname = {escaped("".join(text.split()))}'
    toml = TOML.replace('"Mine"', escaped(text)).replace('view = "page"', label)
    read = read_folder(write_toml(folder, toml), KNOWN).toml
    assert (read.title, read.targets[0].label) == (text, text)


REFUSED = {
    "\x1b": "it holds U+001B, a control character",
    "\x9b": "it holds U+009B, a control character",
    "\x7f": "it holds U+007F, a control character",
    "\n": "it holds a line break (U+000A)",
    "\u2028": "it holds a line break (U+2028)",
    "\u202e": "it holds U+202E, which turns the order of letters around",
    "\u2066": "it holds U+2066, which turns the order of letters around",
}


@pytest.mark.parametrize("sign", REFUSED)
@pytest.mark.parametrize("key", [key for key in KEYS if not key.startswith(("quiz[0].why", "parameters"))])
def test_what_a_terminal_obeys_is_refused_with_the_key_and_the_sign(folder: Path, key: str, sign: str) -> None:
    write_toml(folder, TOML.replace(KEYS[key], escaped(f"a{sign}b")))
    assert f"scenario.toml: {key}: {REFUSED[sign]} (one line of plain text)" in told(folder)


@pytest.mark.parametrize("key", ["quiz[0].why[0]", "parameters.io_ms.help"])
def test_running_text_may_have_lines_and_no_orders(folder: Path, key: str) -> None:
    read_folder(write_toml(folder, TOML.replace(KEYS[key], escaped("a\n\tb"))), KNOWN)
    write_toml(folder, TOML.replace(KEYS[key], escaped("a\x1bb")))
    assert f"{key}: it holds U+001B" in told(folder)


def test_a_group_is_refused_for_what_is_wrong_with_it(folder: Path) -> None:
    write_toml(folder, "lesson = [" + escaped("a\u202eb") + "]\n" + TOML)
    assert "lesson[0]: it holds U+202E" in told(folder)
    assert read_folder(write_toml(folder, "lesson = [" + escaped("à\u00a0part") + "]\n" + TOML), KNOWN)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.sampled_from([*KEYS, "a key", "a view"]), st.text(st.characters(exclude_categories=("Cs",)), max_size=8))  # type: ignore[arg-type]
def test_whatever_a_folder_holds_its_words_and_its_fault_hold_no_orders(folder: Path, key: str, text: str) -> None:
    toml = TOML.replace(KEYS.get(key, "\0"), escaped(text))
    toml = toml.replace("max = 100", f"max = 100\n{escaped(text)} = 1") if key == "a key" else toml
    toml = toml.replace('view = "page"', f"view = {escaped(text)}") if key == "a view" else toml
    assert not obeyed(words_of(write_toml(folder, toml)))


def words_of(folder: Path) -> str:
    """Those that a screen shows in one line each, or of the fault."""
    try:
        read = read_folder(folder, KNOWN).toml
    except BrokenFolder as broken:
        return broken.one_line()
    return "".join((read.title, read.summary, read.predict.question, *read.predict.answers, *read.quiz[0].answers))


@pytest.mark.parametrize("name", ["scenario.toml", "views.py", "lesson.md"])
def test_a_byte_order_mark_is_no_part_of_the_text(folder: Path, name: str) -> None:
    file = folder / name
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())
    scenario = read_folder(folder, KNOWN)
    assert scenario.toml.title == "Mine"
    assert scenario.lesson_md == "# Mine\n"
    assert view_lines(scenario.views_py, "page") == [(1, "def page(request):"), (2, "    ...")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["scenario.toml", "views.py", "lesson.md"])
def test_utf_16_is_called_by_its_name(folder: Path, name: str, encoding: str) -> None:
    file = folder / name
    file.write_bytes(("\ufeff" + file.read_text(encoding="utf-8")).encode(encoding))
    assert f"{name}: it is UTF-16 (save the file as UTF-8)" in told(folder)


@pytest.mark.parametrize(
    ("name", "size"),
    [("scenario.toml", MOST_CODE_BYTES), ("views.py", MOST_CODE_BYTES), ("lesson.md", MOST_LESSON_BYTES)],
)
def test_a_file_beyond_all_measure_is_one_line(folder: Path, name: str, size: int) -> None:
    file = folder / name
    file.write_bytes(file.read_bytes() + b"\n#" + b"x" * size)
    assert f"{name}: it is larger than {size // 1000:,} kB" in told(folder)


@pytest.mark.parametrize("name", ["scenario.toml", "views.py", "lesson.md"])
def test_what_may_never_end_is_not_read(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert f"{name}: it cannot be read: it is no ordinary file" in told(folder)
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    assert f"{name}: it cannot be read: it is no ordinary file" in told(folder)


def test_a_title_of_a_megabyte_is_refused_with_the_bound(folder: Path) -> None:
    write_toml(folder, TOML.replace('"Mine"', '"' + "x" * 200_000 + '"'))
    assert f"title: it has 200,000 letters (at most {MOST_LETTERS:,}" in told(folder)
