"""A saved run is the same run again, and a file that is not one is refused in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.errors import BadInput
from asgi_vs_wsgi.scenarios.storage.run_file import COLUMNS, HEAD, MAGIC
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run, write_run

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def outcome():
    from asgi_vs_wsgi.scenarios.model.experiment import Options
    from asgi_vs_wsgi.scenarios.planning.resolve import resolve
    from asgi_vs_wsgi.scenarios.run.foreground import run_headless

    experiment = resolve(Options("slow-io", requests=8, parameters=("io_ms=20",)), load_catalog())
    return run_headless(experiment, on_progress=lambda progress: None, on_ready=lambda target, pid: None)


@pytest.fixture
def saved(outcome, tmp_path) -> Path:
    file = tmp_path / "run.avw"
    write_run(file, load_catalog().find("slow-io"), outcome)
    return file


def test_reading_a_saved_run_gives_the_same_document_traces_and_scenario(outcome, saved):
    run = read_run(saved)
    assert run.result == outcome.result
    assert "io_ms" in run.scenario.views
    assert run.scenario.lesson
    for before, after in zip(outcome.traces, run.traces(), strict=True):
        assert after.raw == before.raw
        assert [getattr(after.visits, name) for name in COLUMNS] == [getattr(before.visits, name) for name in COLUMNS]
        rows = range(len(before.visits))
        assert [after.state_totals_ns(row) for row in rows] == [before.state_totals_ns(row) for row in rows]
        assert [w.locations for w in after.workers.values()] == [w.locations for w in before.workers.values()]


def refusal(file: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_run(file)
    words = caught.value.one_line()
    assert str(file) in words
    assert "\n" not in words
    return words


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "none")


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "other").write_text("# README")
    assert "is no saved run" in refusal(tmp_path / "other")


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused_wherever_it_ends(saved, share):
    data = saved.read_bytes()
    saved.write_bytes(data[: max(len(MAGIC) + 1, int(len(data) * share))])
    assert "is cut off" in refusal(saved)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_with_a_changed_byte_is_refused(saved, share):
    data = bytearray(saved.read_bytes())
    at = HEAD.size + int((len(data) - HEAD.size) * share)
    data[at] ^= 0x55
    saved.write_bytes(data)
    assert "is corrupted" in refusal(saved)


def test_a_file_of_a_newer_version_says_so(saved):
    _, _, length, checksum = HEAD.unpack_from(saved.read_bytes())
    saved.write_bytes(HEAD.pack(MAGIC, 99, length, checksum) + saved.read_bytes()[HEAD.size :])
    assert "newer version" in refusal(saved)


def test_a_file_that_cannot_be_written_is_refused_and_leaves_no_neighbour(outcome, tmp_path):
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(BadInput):
        write_run(target, load_catalog().find("slow-io"), outcome)
    assert list(tmp_path.iterdir()) == [target]
