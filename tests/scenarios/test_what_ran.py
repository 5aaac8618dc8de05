"""What is run, shown and saved is one text: the one that was read, once, before the run."""

from __future__ import annotations

import io
import shutil
import tokenize
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import toml

from asgi_vs_wsgi.scenarios.catalog import OURS, load_catalog
from asgi_vs_wsgi.scenarios.lab.controller import _catalog
from asgi_vs_wsgi.scenarios.lab.protocol import ScenarioFiles, Start
from asgi_vs_wsgi.scenarios.model.scenario import Scenario
from asgi_vs_wsgi.scenarios.scenario_files.reader import (
    BrokenFolder,
    checked_toml,
    read_again,
    read_folder,
    scenario_of_files,
)
from asgi_vs_wsgi.scenarios.scenario_files.source_files import MOST_FILES, lay_out, source_text
from asgi_vs_wsgi.scenarios.secret_values import HIDDEN
from asgi_vs_wsgi.scenarios.storage.saved_scenario import saved_scenario, without_secrets
from asgi_vs_wsgi.server_targets.servers import server_specs

KNOWN = {product.name: product for product in server_specs()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OURS / "slow-io", tmp_path / "mine", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def scenario(folder: Path) -> Scenario:
    (folder / "helper.py").write_text("VALUE = 1\n", encoding="utf-8")
    (folder / "package" / "deep").mkdir(parents=True)
    (folder / "package" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "package" / "deep" / "__init__.py").write_text("DEEP = 1\n", encoding="utf-8")
    (folder / "package" / "page.html").write_text("page", encoding="utf-8")
    (folder / "data.csv").write_text("1,2", encoding="utf-8")
    return read_folder(folder, KNOWN)


# ---- the text, in whatever encoding it is declared

ENCODINGS = ("utf-8", "latin-1", "cp1252", "koi8-r", "shift_jis", "utf-8-sig")
SIGNS = {"latin-1": "é§ÿ", "cp1252": "€é", "koi8-r": "Дж", "shift_jis": "日本", "utf-8": "é日…", "utf-8-sig": "é日"}


@given(
    st.sampled_from(ENCODINGS), st.lists(st.sampled_from(["é", "x", "\n", "\r\n", "\r", "\f", " ", "#"]), max_size=30)
)
def test_views_are_read_as_python_reads_them(encoding: str, pieces: list[str]):
    text = "# coding: latin-1\n" if encoding != "utf-8-sig" else ""
    text = text.replace("latin-1", encoding) + "".join(pieces).replace("é", SIGNS[encoding])
    source = text.encode(encoding)
    reader = io.BytesIO(source)
    declared, _ = tokenize.detect_encoding(reader.readline)
    assert source_text(source) == io.TextIOWrapper(io.BytesIO(source), declared).read()


@pytest.mark.parametrize("source", [b"# coding: nonsense\n", b"# coding: hex\n", b"\xff\xfe", b"\0", b""])
def test_what_is_no_python_is_still_some_text(source: bytes):
    source_text(source).encode("utf-8")


def test_latin_1_views_are_saved_as_they_read(folder: Path):
    views = folder / "views.py"
    views.write_bytes(b"# coding: latin-1\n# caf\xe9\n" + views.read_bytes())
    assert "# café\n" in saved_scenario(read_folder(folder, KNOWN)).views


# ---- one text, whatever becomes of the folder


def test_what_is_saved_is_what_was_read_before_the_folder_was_edited(folder: Path, scenario: Scenario):
    for name in ("scenario.toml", "views.py", "lesson.md"):
        (folder / name).write_text("# edited", encoding="utf-8")
    saved = saved_scenario(scenario)
    ours = load_catalog().find("slow-io")
    assert (saved.toml, saved.views, saved.lesson) == (ours.toml_text, ours.views_py, ours.lesson_md)


@pytest.mark.parametrize("gone", [False, True])
def test_servers_get_the_modules_that_were_read(tmp_path: Path, folder: Path, scenario: Scenario, gone: bool):
    (folder / "views.py").write_text("edited = True", encoding="utf-8")
    (folder / "package" / "deep" / "__init__.py").write_text("edited = True", encoding="utf-8")
    if gone:
        shutil.rmtree(folder)
    laid = lay_out(scenario, tmp_path / "run")
    assert source_text((laid / "views.py").read_bytes()) == load_catalog().find("slow-io").views_py
    assert (laid / "helper.py").read_text(encoding="utf-8") == "VALUE = 1\n"
    assert (laid / "package" / "deep" / "__init__.py").read_text(encoding="utf-8") == "DEEP = 1\n"
    assert laid.stat().st_mode & 0o777 == 0o700
    if not gone:
        assert (laid / "data.csv").read_text(encoding="utf-8") == "1,2"
        assert (laid / "package" / "page.html").read_text(encoding="utf-8") == "page"


def test_a_folder_that_leads_into_itself_or_is_crowded_is_laid_out(tmp_path: Path, folder: Path):
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "package" / "again").symlink_to(folder / "package")
    for number in range(MOST_FILES + 20):
        (folder / f"m{number:03}.py").write_text(str(number), encoding="utf-8")
    scenario = read_folder(folder, KNOWN)
    assert len(scenario.modules) <= MOST_FILES + 1
    laid = lay_out(scenario, tmp_path / "run")
    assert all(
        (laid / f"m{number:03}.py").read_text(encoding="utf-8") == str(number) for number in range(MOST_FILES + 20)
    )


def test_the_lab_runs_what_the_screen_has_read_and_not_the_folder(folder: Path, scenario: Scenario):
    from asgi_vs_wsgi.tui.lab_client.client import files_of

    files = files_of(scenario)
    shutil.rmtree(folder)
    from asgi_vs_wsgi.scenarios.model.experiment import Options

    (there,) = _catalog(Start(Options(scenario.name), scenario=files)).scenarios
    assert there == scenario


def test_a_folder_whose_path_is_not_utf_8_can_be_run(tmp_path: Path):
    import os

    from asgi_vs_wsgi.scenarios.lab.protocol import Unpacker, pack
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.tui.lab_client.client import files_of

    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    shutil.copytree(OURS / "slow-io", place / "mine")
    scenario = read_folder(place / "mine", KNOWN)
    (start,) = Unpacker(Start).feed(pack(Start(Options("mine"), os.fsencode(place), files_of(scenario))))
    (there,) = _catalog(start).scenarios
    assert there.folder == place / "mine"


def test_a_folder_is_read_again_before_it_is_run(folder: Path, scenario: Scenario):
    views = folder / "views.py"
    views.write_text(views.read_text(encoding="utf-8") + "\n# later\n", encoding="utf-8")
    assert read_again(scenario).views_py.endswith("# later\n")
    views.write_text("def", encoding="utf-8")
    with pytest.raises(BrokenFolder):
        read_again(scenario)


def test_a_scenario_of_files_is_checked_like_one_of_a_folder(scenario: Scenario):
    with pytest.raises(BrokenFolder, match="title"):
        scenario_of_files("mine", scenario.folder, "summary = 'x'", "", scenario.modules)
    assert isinstance(ScenarioFiles("a", b"", "", "", {}), ScenarioFiles)


# ---- no passwords

TARGET = 'title = "T"\nsummary = "s"\n[load]\nrequests = 1\n[[targets]]\nserver = "uvicorn"\nview = "page"\n'
SECRETS = (
    '[targets.database]\nPASSWORD = "hunter2"\n',
    'database = { "PASSWORD" = "hunter2", CONN_MAX_AGE = 5 }\n',
    "database.PASSWORD = 'hunter2'\n",
    'database."PASS\\u0057ORD" = """\nhunter2"""\n',
    '[targets.database.OPTIONS]\nsslpassword = "hunter2"\n',
    '[targets.database.OPTIONS]\nservice = "host=db password=hunter2"\n',
    '[targets.django]\nCACHES = { default = { LOCATION = "redis://u:hunter2@h/0" } }\n',
    '[targets.django]\nMY_API_TOKEN = ["hunter2"]\n',
    'database = { PASSWORD = "h\\u0075nter2" }\n',
)


@pytest.mark.parametrize("words", SECRETS)
def test_a_password_in_a_targets_settings_is_never_saved(words: str):
    text = TARGET + words
    saved = without_secrets(text)
    assert "hunter2" not in saved
    assert "hunter2" not in str(toml.decode(saved))
    assert HIDDEN in saved
    before, after = toml.decode(text), toml.decode(saved)
    for document in (before, after):
        for table in ("database", "django"):
            document["targets"][0].pop(table, None)
    assert before == after


SENT = (
    'request = { headers = { Authorization = "Bearer hunter2" } }\n',
    'request.cookies = { sessionid = "hunter2" }\n',
    '[[visitors]]\nname = "a"\nshare = 1\nclient = { headers = { X-Api-Key = "hunter2" }, method = "PUT" }\n',
    '[[visitors]]\nname = "a"\nshare = 1\nclient.query = { token = "hunter2", page = 2 }\n',
    '[[visitors]]\nname = "a"\nshare = 1\n[[visitors.pages]]\n[[visitors.pages]]\ncookies.sessionid = "hunter2"\n',
    '[[visitors]]\nname = "a"\nshare = 1\npages = [{ headers = { Authorization = "hunter2" } }, { path = "b" }]\n',
    '[[visitors]]\nname = "a"\nshare = 1\npages = [{ body = "user=a&password=hunter2" }]\n',
    '[[visitors]]\nname = "a"\nshare = 1\nclient.body = "user=a&password=hunter2"\n',
    '[[visitors]]\nname = "a"\nshare = 1\nclient = { method = "POST", body = "token=hunter2&user=a" }\n',
    '[[visitors]]\nname = "a"\nshare = 1\nclient = { method = "POST", body = \'{"api_key": "hunter2"}\' }\n',
    'request = { headers = { Cookie = "sessionid=hunter2" } }\n',
)


@pytest.mark.parametrize("words", SENT)
def test_what_lets_a_visitor_in_is_never_saved_and_the_rest_still_opens(words: str):
    saved = without_secrets(TARGET + words)
    assert "hunter2" not in saved
    before, after = (checked_toml(Path("scenario.toml"), text, KNOWN) for text in (TARGET + words, saved))
    assert before != after
    assert [each.name for each in before.visitors] == [each.name for each in after.visitors]


@pytest.mark.parametrize(
    "words", ['request.path = "/x?token=hunter2&page=7"\n', 'request = { path = "x?page=7&api_key=hunter2" }\n']
)
def test_a_token_in_a_path_is_not_saved_and_the_rest_of_the_path_is(words: str):
    saved = without_secrets(TARGET + words)
    assert "hunter2" not in saved
    assert "page=7" in saved


def test_a_text_without_secrets_is_saved_to_the_letter():
    for each in load_catalog().scenarios:
        assert without_secrets(each.toml_text) == each.toml_text
    text = TARGET + '# password\n[targets.database]\nCONN_MAX_AGE = 5\nPASSWORD = ""\n'
    assert without_secrets(text) == text


plain = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30)
@given(st.dictionaries(st.text(), plain, max_size=4))
def test_what_stands_beside_a_password_is_saved_as_it_is(others: dict):
    from asgi_vs_wsgi.scenarios.storage.saved_scenario import _written

    document = {**others, "targets": [{"database": {"PASSWORD": "hunter2"}}]}
    try:
        text = _written(document)
        before = toml.decode(text)
    except UnicodeEncodeError:  # halves of signs are no text
        return
    assert before == document
    assert toml.decode(without_secrets(text)) == {**others, "targets": [{"database": {"PASSWORD": HIDDEN}}]}
