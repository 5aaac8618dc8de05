from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, read_folder
from asgi_vs_wsgi.server_targets.servers import server_specs

TOML = """
title = "Mine"
summary = "Four visitors."

[parameters.io_ms]
default = 20
min = 1
max = 100
help = "how long"

[load]
arrivals = "burst"
requests = 4

[[targets]]
server = "gunicorn-sync"
view = "page"
law = "one-per-worker"

[predict]
question = "Which?"
answers = ["this", "that"]

[[quiz]]
question = "Why?"
answers = ["so", "not so"]
right = 0
why = ["yes", "no"]
"""
VIEWS = "def page(request):\n    ...\n"
KNOWN = {product.name: product for product in server_specs()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario folder that is right."""
    made = tmp_path / "mine"
    made.mkdir()
    (made / "scenario.toml").write_text(TOML)
    (made / "views.py").write_text(VIEWS)
    (made / "lesson.md").write_text("# Mine\n")
    return made


def told(folder: Path) -> str:
    with pytest.raises(BrokenFolder) as caught:
        read_folder(folder, KNOWN)
    line = caught.value.one_line()
    assert "\n" not in line
    assert caught.value.exit_code == 2
    return line


def test_a_right_folder_is_read_whole(folder: Path) -> None:
    scenario = read_folder(folder, KNOWN)
    assert (scenario.name, scenario.toml.title, scenario.lesson_md) == ("mine", "Mine", "# Mine\n")
    (target,) = scenario.toml.targets
    assert (target.name, target.workers, target.threads) == ("gunicorn-sync", 2, 1)


BROKEN = {
    "a misspelt key": ('view = "page"', 'view = "page"\nworker = 2', "targets[0].worker", "did you mean `workers`?"),
    "a misspelt key at the top": ('title = "Mine"', 'tilte = "Mine"', "tilte", "did you mean `title`?"),
    "a misspelt key of a parameter": ("min = 1", "minimum = 1", "parameters.io_ms.minimum", "did you mean `min`?"),
    "a misspelt expectation": ('view = "page"', 'view = "page"\nexpct = 302', "expct", "did you mean `expect`?"),
    "a fault as a page": ('view = "page"', 'view = "page"\nexpect = 503', "targets[0].expect: 503", "200 to 499"),
    "no status": ('view = "page"', 'view = "page"\nexpect = [200, 99]', "targets[0].expect: 99", "302 or [200, 302]"),
    "a status in words": (
        'view = "page"',
        'view = "page"\nexpect = "302"',
        "targets[0].expect",
        "a whole number, or a",
    ),
    "a fault as the page of a class": (
        "[predict]",
        '[[visitors]]\nname = "a"\nshare = 1\nexpect = 0\n[predict]',
        "visitors[0].expect: 0",
        "200 to 499",
    ),
    "a missing key": ('title = "Mine"', "", "title: the key is missing", "needed here: title, summary, load, targets"),
    "a wrong type": ("requests = 4", 'requests = "4"', "load.requests", "it must be a whole number"),
    "a fraction of a visitor": ("requests = 4", "requests = 4.5", "load.requests", "it must be a whole number"),
    "a text for a number": ("max = 100", 'max = "100"', "parameters.io_ms.max", "it must be a number"),
    "a table for a list": ("[[targets]]", "[targets]", "targets: it is a table", "it must be a list"),
    "a syntax error": ("requests = 4", "requests = ", "line 13", "valid TOML"),
    "an unclosed text": ('summary = "Four', "summary = 'Four", "line 29", "valid TOML"),
    "an unknown server": ('"gunicorn-sync"', '"gunicorn-synk"', "targets[0].server", "did you mean `gunicorn-sync`?"),
    "a verdict on a target that is not there": (
        "[predict]",
        '[verdict]\ncompare = ["gunicorn-sync", "uvicorn"]\n[predict]',
        "verdict.compare[1]: there is no target `uvicorn`",
        "gunicorn-sync",
    ),
    "a verdict on one target twice": (
        "[predict]",
        '[verdict]\ncompare = ["gunicorn-sync", "gunicorn-sync"]\n[predict]',
        "verdict.compare[1]",
        "each target once",
    ),
    "a verdict on one target": (
        "[predict]",
        '[verdict]\ncompare = ["gunicorn-sync"]\n[predict]',
        "verdict.compare: one target has nothing to be compared with",
        "at least two",
    ),
    "a verdict on a text": ("[predict]", '[verdict]\ncompare = "uvicorn"\n[predict]', "verdict.compare", "a list"),
    "an unknown law": ('"one-per-worker"', '"one-per-wroker"', "targets[0].law", "did you mean `one-per-worker`?"),
    "unknown arrivals": ('"burst"', '"bursts"', "load.arrivals", "did you mean `burst`?"),
    "a default out of bounds": ("default = 20", "default = 200", "parameters.io_ms.default", "a value within"),
    "min above max": ("min = 1", "min = 1000", "parameters.io_ms.min", "min at most max"),
    "a parameter that is not finite": ("max = 100", "max = inf", "parameters.io_ms.max", "a finite number"),
    "a parameter that is no name": ("parameters.io_ms", 'parameters."io ms"', "parameters.io ms", "as in Python"),
    "nobody comes": ("requests = 4", "requests = 0", "load.requests", "from 1 to 1,000,000"),
    "too many come": ("requests = 4", "requests = 1_000_001", "load.requests", "from 1 to 1,000,000"),
    "a burst without visitors": ("requests = 4", "", "load.requests", "how many visitors come at once"),
    "a burst with a rate": ("requests = 4", "requests = 4\nrate = 5", "load.rate", "constant or poisson arrivals"),
    "closed without visitors": ('"burst"', '"closed"', "load.concurrency", "how many visitors there are"),
    "too many at a time": ('"burst"', '"closed"\nconcurrency = 20_001', "load.concurrency", "from 1 to 20,000"),
    "open without a rate": ('"burst"', '"poisson"', "load.rate", "per second"),
    "a rate that is not a number": ('"burst"', '"constant"\nrate = nan', "load.rate", "above 0 and finite"),
    "no time to answer": ("requests = 4", "requests = 4\ntimeout_s = 0", "load.timeout_s", "above 0 and finite"),
    "more visitors than a rate may bring": (
        'arrivals = "burst"\nrequests = 4',
        'arrivals = "constant"\nrate = 1e5\nduration_s = 60',
        "load.rate",
        "at most 1,000,000",
    ),
    "no workers": ('view = "page"', 'view = "page"\nworkers = 0', "targets[0].workers", "from 1 to 64"),
    "too many threads": ('view = "page"', 'view = "page"\nthreads = 1025', "targets[0].threads", "from 1 to 1,024"),
    "threads where there are none": ('view = "page"', 'view = "page"\nthreads = 2', "targets[0].threads", "chosen"),
    "a setting that is ours": (
        'view = "page"',
        'view = "page"\ndjango = { DEBUG = true }',
        "targets[0].django.DEBUG: it is not the scenario's to set",
        "off in every run",
    ),
    "no targets": (TOML[TOML.index("[[targets]]") : TOML.index("[predict]")], "", "targets", "needed here"),
    "a view that is no name": ('view = "page"', 'view = "my page"', "targets[0].view", "name of a function"),
    "a view that does not exist": ('view = "page"', 'view = "pages"', "views.py: pages", "did you mean `page`?"),
    "a right answer that does not exist": ("right = 0", "right = 2", "quiz[0].right", "0 to 1"),
    "an answer without a reason": ('why = ["yes", "no"]', 'why = ["yes"]', "quiz[0].why", "one for each answer"),
    "no such prediction": ('["this", "that"]', '["this", "that"]\nright = 2', "predict.right", "0 to 1"),
    "a law of what is cold": (
        'title = "Mine"',
        'title = "Mine"\nwarm = false',
        "targets[0].law: a law predicts from a lone request, which `warm = false` leaves out",
        "leave one of the two out",
    ),
    "one answer": ('["this", "that"]', '["this"]', "predict.answers", "2 to 4 answers"),
    "an unknown figure": (
        "[predict]",
        '[verdict]\nmetric = "latency.p95"\n[predict]',
        "verdict.metric",
        "latency_ms.p95",
    ),
    "a group of three": (
        'title = "Mine"',
        'title = "Mine"\nlesson = ["a", "first", "x"]',
        "lesson",
        "a group and a place",
    ),
    "a place that is none": ('title = "Mine"', 'title = "Mine"\nlesson = ["a", "frist"]', "lesson[1]", "`first`"),
    "an empty title": ('title = "Mine"', 'title = " "', "title: it is empty", "a short text"),
    "a title with a control character": ('"Mine"', '"Mi\\u001b[31mne"', "title", "plain text"),
    "a name with a space": ('view = "page"', 'view = "page"\nname = "a b"', "targets[0].name", "one word"),
    "two targets of one name": (
        "[predict]",
        '[[targets]]\nserver = "uvicorn"\nname = "gunicorn-sync"\nview = "page"\n[predict]',
        "targets[1].name",
        "a name of its own",
    ),
}


@pytest.mark.parametrize(("old", "new", "where", "right"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_scenario_toml_is_one_line_with_file_key_reason_and_what_is_right(
    folder: Path, old: str, new: str, where: str, right: str
) -> None:
    assert old in TOML
    (folder / "scenario.toml").write_text(TOML.replace(old, new))
    line = told(folder)
    assert str(folder) in line
    assert where in line
    assert right in line


def spoil(name: str, content: bytes | None) -> Callable[[Path], Any]:
    def do(folder: Path) -> None:
        (folder / name).unlink() if content is None else (folder / name).write_bytes(content)

    return do


FILES = {
    "no scenario.toml": (spoil("scenario.toml", None), "scenario.toml: the file is missing"),
    "no views": (spoil("views.py", None), "views.py: the file is missing"),
    "no lesson": (spoil("lesson.md", None), "lesson.md: the file is missing"),
    "views that are not Python": (spoil("views.py", b"def page(:\n"), "views.py: line 1: not Python"),
    "views with a zero byte": (spoil("views.py", b"def page(request): 0\0\n"), "views.py: line 1: not Python"),
    "views nested too deep": (spoil("views.py", b"(" * 100_000), "views.py: line 1: not Python"),
    "a lesson that is not UTF-8": (spoil("lesson.md", b"one\n\xff\n"), "lesson.md: line 2: it is not UTF-8"),
    "a toml that is not UTF-8": (spoil("scenario.toml", b"\xff"), "scenario.toml: line 1: it is not UTF-8"),
    "an empty toml": (spoil("scenario.toml", b""), "title: the key is missing"),
}


@pytest.mark.parametrize(("do", "words"), FILES.values(), ids=FILES.keys())
def test_a_broken_file_is_one_line(folder: Path, do: Callable[[Path], Any], words: str) -> None:
    do(folder)
    assert words in told(folder)


def test_a_folder_in_the_place_of_a_file_is_one_line(folder: Path) -> None:
    (folder / "lesson.md").unlink()
    (folder / "lesson.md").mkdir()
    assert "lesson.md: it cannot be read" in told(folder)


def test_a_folder_whose_name_cannot_stand_in_a_url_is_one_line(folder: Path) -> None:
    assert "no name for a scenario" in told(folder.rename(folder.parent / "my scenario"))


def test_views_are_never_imported(folder: Path) -> None:
    (folder / "views.py").write_text("raise SystemExit('imported')\n" + VIEWS)
    assert read_folder(folder, KNOWN).name == "mine"


@pytest.mark.parametrize(
    "views", ["async def page(request): ...\n", "page = View.as_view()\n", "page: object = print\n", '"\\d"\n' + VIEWS]
)
def test_a_view_may_be_any_function_or_a_name_that_is_given_one(folder: Path, views: str) -> None:
    (folder / "views.py").write_text(views)
    assert read_folder(folder, KNOWN).toml.targets[0].view == "page"


# ---- modules that a folder may hold


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("DATABASES = {}\n", 1, "DATABASES"),
        ("import os\n\nif os.environ:\n    DEBUG = True\n", 4, "DEBUG"),
        ("from there import ALLOWED_HOSTS\n", 1, "ALLOWED_HOSTS"),
        ("A = 1\nA, DATABASES = 1, 2\n", 2, "DATABASES"),
        ("import there as DEBUG\n", 1, "DEBUG"),
        ("for DATABASES in ():\n    pass\n", 1, "DATABASES"),
        ("WSGI_APPLICATION: str = ''\n", 1, "WSGI_APPLICATION"),
    ],
)
def test_a_setting_that_is_ours_is_told_with_line_and_reason_before_anything_runs(folder, text, line, name) -> None:
    (folder / "settings.py").write_text(text)
    said = told(folder)
    assert f"settings.py: line {line}: {name} is not the scenario's to set (" in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SECRET_KEY = 'known'\nINSTALLED_APPS += ['scenario']\n",
        "def of():\n    DATABASES = {}\n    return DATABASES\n",
        "class Other:\n    DEBUG = True\n",
        "if 'DEBUG' in globals() or DATABASES_OF:\n    LOGGING = {}\n",
    ],
)
def test_other_settings_are_the_scenarios_own(folder: Path, text: str) -> None:
    (folder / "settings.py").write_text(text)
    assert read_folder(folder, KNOWN).modules["settings.py"] == text.encode()


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("settings.py", "A = (\n", "settings.py: line 1: not Python"),
        ("settings.py", "\0", "not Python"),
        ("startup.py", "def startup(:\n", "startup.py: line 1: not Python"),
        ("startup.py", "import os\n", "defines none of what is called"),
        ("startup.py", "def start():\n    pass\n", "`def startup():`"),
        ("startup.py", "\nasync def startup():\n    pass\n", "line 2: `startup` is a coroutine"),
    ],
)
def test_what_could_not_be_called_or_read_is_told(folder: Path, file: str, text: str, words: str) -> None:
    (folder / file).write_text(text)
    assert words in told(folder)


@pytest.mark.parametrize(
    "text",
    [
        "def startup():\n    pass\n",
        "async def lifespan():\n    yield\n",
        "startup = print\n",
        "lifespan: object = None\n",
    ],
)
def test_hooks_are_known_by_their_names(folder: Path, text: str) -> None:
    (folder / "startup.py").write_text(text)
    assert "startup.py" in read_folder(folder, KNOWN).modules


@pytest.mark.parametrize("server", ["daphne", "gunicorn-sync", "waitress"])
def test_a_server_that_has_no_lifespan_says_so_and_who_has(folder: Path, server: str) -> None:
    changed = TOML.replace(
        'server = "gunicorn-sync"', f'server = "{server}"\nworkers = 1\noptions = {{ lifespan = true }}'
    )
    (folder / "scenario.toml").write_text(changed)
    said = told(folder)
    assert f"{server} tells its application of no lifespan" in said
    assert "uvicorn" in said
    assert "hypercorn" in said


@pytest.mark.parametrize("server", ["uvicorn", "uvicorn-h11", "gunicorn-asgi", "hypercorn", "granian-asgi"])
def test_lifespan_is_an_option_of_those_that_have_it(folder: Path, server: str) -> None:
    changed = TOML.replace('server = "gunicorn-sync"', f'server = "{server}"\noptions = {{ lifespan = true }}')
    (folder / "scenario.toml").write_text(changed)
    assert read_folder(folder, KNOWN).toml.targets[0].options == {"lifespan": True}
