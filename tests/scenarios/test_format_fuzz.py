"""Every field of a scenario.toml takes what belongs there, or one line says what is wrong: never a traceback.

What a field is given: nothing, the wrong type, too much, less than nothing, no number, the same twice, signs that a
terminal obeys. What is left empty is refused, or listed here with its meaning.
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, checked_toml, read_folder
from asgi_vs_wsgi.scenarios.untrusted_text import harmless
from asgi_vs_wsgi.server_targets.servers import server_specs

KNOWN = {product.name: product for product in server_specs()}
CLIENT = {
    "method": "POST",
    "path": ["items"],
    "query": {"q": "v"},
    "headers": {"Accept": "text/html"},
    "cookies": {"c": "d"},
    "multipart": {"f": 3},
    "send_for_ms": 5.0,
    "read_for_ms": 5.0,
    "leave_after_ms": 900.0,
}
PAGES = [{"name": "login", "path": "x", "body": "t", "expect": 302}, {"body_bytes": 4}, {"body_file": "f.bin"}]
RATE = {"arrivals": "constant", "rate": 5.0, "duration_s": 2.0}
TARGET = {
    "server": "gunicorn-gthread",
    "view": "page",
    "workers": 2,
    "threads": 2,
    "name": "g",
    "label": "L",
    "views": {"a": "page"},
    "request": {"headers": {"A": "b"}},
    "django": {"USE_TZ": True},
    "database": {"CONN_MAX_AGE": 0},
    "needs_database": "postgresql",
    "options": {"max_requests": 5},
    "checks": [{"name": "n", "quantity": "latency_ms.p95", "expected": "< 5ms"}],
    "failures_expected": False,
    "gil": "on",
    "python": "python3",
    "expect": [200],
}
WHOLE: dict[str, Any] = {
    "title": "T",
    "summary": "S",
    "lesson": ["waiting", "first"],
    "database": True,
    "race": False,
    "warm": True,
    "parameters": {"ms": {"default": 5, "min": 1, "max": 9, "help": "h"}},
    "load": {**RATE, "seed": 1, "timeout_s": 60.0, "keep_alive": False},
    "visitors": [
        {"name": "a", "share": 1.0, "expect": [200], "client": CLIENT},
        {"name": "b", "load": RATE, "after_s": 0.5, "think_ms": [1.0, 2.0], "client": {"headers": {}}, "pages": PAGES},
    ],
    "events": [{"at_s": 0.5, "do": "pause", "targets": ["g"]}],
    "targets": [TARGET, {"server": "uvicorn", "view": "page", "name": "u", "workers": 1, "bare": False}],
    "verdict": {"metric": "latency_ms.p95", "compare": ["g", "u"]},
    "predict": {"question": "q", "answers": ["a", "b"], "right": 0, "quantity": "latency_ms.p95"},
    "quiz": [{"question": "q", "answers": ["a", "b"], "right": 1, "why": ["x", "y"]}],
    "try": [{"title": "t", "targets": ["g"], "rate": 4.0, "duration_s": 1.0, "parameters": {"ms": 3}}],
}
WHOLE["visitors"][1]["client"] = {"headers": {"A": "b"}}
Place = tuple[str | int, ...]


def toml_of(value: Any) -> str:
    """A value as TOML writes it; what else a text of JSON may hold, TOML takes too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"{value:+}".replace("+nan", "nan")
    if isinstance(value, int):
        return hex(value) if value > 10**18 else str(value)
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(toml_of, value))}]"
    return "{" + ", ".join(f"{json.dumps(key)} = {toml_of(each)}" for key, each in value.items()) + "}"


def text_of(whole: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml_of(value)}\n" for key, value in whole.items())


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every key of it, and every place in its lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*at, key)
        yield from places(each, (*at, key))


def with_value(at: Place, value: Any) -> dict[str, Any]:
    whole = copy.deepcopy(WHOLE)
    inner: Any = whole
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return whole


PLACES = list(places(WHOLE))
ODD = (
    *("", " ", "\x1b[31m", "a\nb", "\x00", "\u202e", "x" * 5000, "{", "{n}", "/"),
    *(0, -1, 0.0, -0.0, 2**63 - 1, -(2**63), 2**64, 2**20_000, -1e308, 1e308, math.inf, -math.inf, math.nan, True),
    *([], {}, [[]], [{}], [""], [0], {"": 0}, {"": ""}, {"a": {}}, {"\n": "x"}, {"\x1b[1m": 1}),
    *(["a", "a"], [200, 200], [302, 302, 302]),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fuzz") / "mine"
    made.mkdir()
    (made / "views.py").write_text("def page(request):\n    ...\n")
    (made / "lesson.md").write_text("# Mine\n")
    (made / "f.bin").write_bytes(b"two")
    return made


def told(folder: Path, text: str) -> str:
    """What is wrong with it; "" for nothing."""
    (folder / "scenario.toml").write_text(text, "utf-8")
    try:
        read_folder(folder, KNOWN)
    except BrokenFolder as refused:
        line = refused.one_line()
        assert harmless(line) == line
        assert "\n" not in line
        assert len(line) < 1500
        return line
    return ""


def test_the_folder_that_is_changed_is_right_itself(folder: Path) -> None:
    assert told(folder, text_of(WHOLE)) == ""


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.sampled_from(PLACES), value=st.sampled_from(ODD) | st.text(max_size=20) | st.floats() | st.integers())
def test_whatever_stands_at_a_key_it_is_taken_or_one_line_says_why_not(folder: Path, at: Place, value: Any) -> None:
    told(folder, text_of(with_value(at, value)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 2000), put=st.text(max_size=4), cut=st.integers(0, 8))
def test_a_file_that_was_broken_anywhere_is_told_in_one_line(folder: Path, at: int, put: str, cut: int) -> None:
    text = text_of(WHOLE)
    broken = text[:at] + put + text[at + cut :]
    told(folder, broken.encode("utf-8", "replace").decode())


EMPTY_BY_MEANING = {
    *("query.q", "headers.Accept", "headers.A", "cookies.c"),  # sent as they are
    *("django.USE_TZ", "database.CONN_MAX_AGE"),  # Django's to judge
    *("python", "gil", "needs_database"),  # of the README: as if left out
}


@pytest.mark.parametrize("empty", ["", [], {}], ids=["a text", "a list", "a table"])
def test_no_empty_value_is_taken_unsaid(folder: Path, empty: Any) -> None:
    for at in PLACES:
        words = re.sub(r"\.\d+", "", ".".join(map(str, at)))
        a_page = words == "visitors.pages" and at[-1] != "pages"  # of no keys: as its class
        meant = any(words.endswith(f".{each}") for each in EMPTY_BY_MEANING) or a_page
        assert told(folder, text_of(with_value(at, empty))) or meant, at


@pytest.mark.parametrize(
    ("at", "value", "key", "right"),
    [
        (("visitors", 0, "client", "multipart"), {}, "visitors[0].client.multipart: it is empty", "no such body"),
        (("targets", 0, "expect"), [], "targets[0].expect: it is empty", "every 2xx"),
        (("events", 0, "targets"), [], "events[0].targets: it is empty", "left out: all of them"),
        (("events", 0, "targets"), ["g", "g"], "events[0].targets[1]: `g` is there twice", "once"),
        (("visitors", 0, "expect"), [200, 200], "visitors[0].expect[1]: `200` is there twice", "once"),
        (("visitors", 1, "pages", 0, "body"), "", "visitors[1].pages[0].body: it is empty", 'method = "POST"'),
        (("visitors", 0, "client", "query"), {"": 1}, "visitors[0].client.query: an entry has no name", "letters"),
        (("visitors", 0, "share"), 1e308, "visitors[0].share: 1e+308 is too large", "a number above 0"),
        (("visitors", 1, "after_s"), 1e300, "visitors[1].after_s: 1e+300 is no delay", "up to 1e+08"),
        (("load", "timeout_s"), 1e10, "load.timeout_s: 1e+10 s is years", "at most 1e+08 s"),
        (("targets", 0, "options", "max_requests"), 10**400, "max_requests: it is no whole number of TOML", "64"),
        (("visitors", 0, "client", "multipart", "f"), "x" * 5000, "cannot be read: File name too long", "readable"),
        (("tyr",), 1, "tyr: no such key", "did you mean `try`?"),
    ],
)
def test_it_says_which_and_what_is_right(folder: Path, at: Place, value: Any, key: str, right: str) -> None:
    line = told(folder, text_of(with_value(at, value)))
    assert key in line
    assert right.replace("64", "9,223,372,036,854,775,807") in line


def test_a_saved_run_that_says_it_still_opens(folder: Path) -> None:
    text = text_of(with_value(("events", 0, "targets"), []))
    assert checked_toml(folder / "scenario.toml", text, KNOWN).events[0].concerns("u")


@pytest.mark.parametrize("key", ["a", "parameters", "targets.django"])
def test_keys_thousands_deep_are_told_in_one_line(folder: Path, key: str) -> None:
    text = text_of({name: value for name, value in WHOLE.items() if name not in ("targets", "parameters")})
    if key == "targets.django":
        text += '[[targets]]\nserver = "uvicorn"\nview = "page"\n'
        key = "django"
    assert told(folder, f"{text}{key}{'.a' * 3000} = 1\n")
