"""Fixtures that several folders of tests use: live runs, and proof that they leave nothing behind."""

from __future__ import annotations

import gc
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import msgspec
import pytest

from asgi_vs_wsgi.scenarios.analysis import gc_pause
from asgi_vs_wsgi.scenarios.results import TargetResult
from asgi_vs_wsgi.scenarios.results.outcome import Outcome
from asgi_vs_wsgi.scenarios.run import orchestrator

sys.path.insert(0, str(Path(__file__).parent / "shared"))  # plain modules for the tests of all rooms
from folder_runs import of_folder, run_quietly

SLOW = frozenset(
    {
        "test_any_keys",
        "test_before_a_run",
        "test_bounded_pool",
        "test_calibration",
        "test_chosen_visitor",
        "test_cli",
        "test_clients",
        "test_closed_streams",
        "test_encodings",
        "test_export_screen",
        "test_figures_of_the_document",
        "test_filtering",
        "test_for_a_class",
        "test_frames",
        "test_greenlets",
        "test_guardian",
        "test_hands",
        "test_hops_forecast",
        "test_hostile_screen",
        "test_hostile_terminal",
        "test_html_gallery",
        "test_interpreter",
        "test_kept_screen",
        "test_knee_curve",
        "test_known_answers",
        "test_lanes_on_screen",
        "test_layout_on_screen",
        "test_leaving_a_run",
        "test_lesson",
        "test_list_beside_a_run",
        "test_little_room",
        "test_look_runner",
        "test_main",
        "test_mode_pictures",
        "test_modes_on_screen",
        "test_mutants",
        "test_narrow_updates",
        "test_new_live",
        "test_odd_environment",
        "test_output_fails",
        "test_own_keys",
        "test_own_project",
        "test_own_threads",
        "test_sampler_pause",
        "test_gil_holder",
        "test_picture_key",
        "test_pictures",
        "test_planted_project",
        "test_playhead",
        "test_process_title",
        "test_project_box",
        "test_project_command",
        "test_queueing_theory",
        "test_reading_frames",
        "test_reaper",
        "test_recents",
        "test_record",
        "test_replay",
        "test_requests_exported",
        "test_run_on_screen",
        "test_scenario_modules",
        "test_screen_obstacle",
        "test_screenshot",
        "test_sentences_are_true",
        "test_simulate_command",
        "test_simulated_screen",
        "test_size_on_screen",
        "test_terminal_gone",
        "test_text_field",
        "test_too_small",
        "test_traces_exported",
        "test_troubles",
        "test_run_form",
        "test_trial_runner",
        "test_waterfall_rows",
        "test_ways_out",
        "test_what_if_simulated",
        "test_what_if_summary",
        "test_why",
    }
)
"""Modules that draw the whole screen again and again, or start many processes: three quarters of all the time."""
LONG = frozenset(
    {
        "test_any_keys_live",
        "test_cli_live",
        "test_own_project_live",
        "test_reader_gone_live",
        "test_scale",
        "test_tournament_live",
    }
)
"""Modules with live tests of ten seconds and more that share nothing: begun last, one of them would be waited for."""


TEST_MODULES = {file.stem for file in Path(__file__).parent.rglob("test_*.py")}
assert TEST_MODULES >= SLOW | LONG, f"no such modules: {sorted((SLOW | LONG) - TEST_MODULES)}"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where tests of a mark are asked for, a file that does not name it is not imported: half of a process's start."""
    asked = re.match(r"(live|alone)\b", config.option.markexpr)
    if asked and collection_path.suffix == ".py" and f"mark.{asked[1]}" not in collection_path.read_text("utf-8"):
        return True
    return None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make quick` leaves these modules out; and what a module's tests share is made once, in one process."""
    items.sort(key=lambda item: item.path.stem not in LONG)
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")
        if not item.get_closest_marker("xdist_group") and _shares_with_its_module(item):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(Path(__file__).parent))))


def _shares_with_its_module(item: pytest.Item) -> bool:
    asked = getattr(item, "_fixtureinfo", None)  # pytest has no public word for it
    made = asked.name2fixturedefs.items() if asked else ()
    return any(each[-1].scope == "module" for name, each in made if name != "anyio_backend")


gc.disable()  # while tests are collected; it took half of that time


def pytest_collection_finish() -> None:
    """Thousands of collected tests are never garbage: no collection looks through them again.

    And few look through all that a large screen is drawn of, a million objects that are in use.
    """
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _collected_tests_stay_frozen() -> Iterator[ModuleType]:
    """Pauses set nothing aside here: to let it go, `free_last_run` would look through all tests for garbage, each time.

    A run that was is still looked for, a pause is still one.
    """
    kept_apart = SimpleNamespace(**vars(gc) | {"freeze": lambda: None, "unfreeze": lambda: None})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc_pause, "gc", kept_apart)
        yield gc


@pytest.fixture
def pauses_set_aside(_collected_tests_stay_frozen: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is made in a pause is set aside until `free_last_run`, as for users."""
    monkeypatch.setattr(gc_pause, "gc", _collected_tests_stay_frozen)
    yield
    gc.freeze()


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that is not there yet, each time: `mktemp` looks for a free number among all the folders it has made."""
    above = tmp_path_factory.mktemp("homes")
    return (above / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_directories(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the program keeps for its user is not the tests' to touch; what they start inherits this."""
    home = next(_homes)
    home.mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_measured_again() -> Iterator[float]:
    """Other tests take the machine all the time: a round that they disturbed would be disturbed once more."""
    short_s = orchestrator.SHORT_S
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orchestrator, "SHORT_S", 0)
        yield short_s


@pytest.fixture
def measured_again(_nothing_is_measured_again: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that others disturb is, as for users."""
    monkeypatch.setattr(orchestrator, "SHORT_S", _nothing_is_measured_again)


@pytest.fixture
def run_view(tmp_path: Path) -> Callable[..., Outcome]:
    """Run one view of the `truth` folder on one server: run_view("sleeps", "gunicorn-sync", requests=4)."""

    def run(
        view: str, server: str, *, workers: int = 1, bare: bool = False, probe: bool = True, warm: bool = True, **load
    ) -> Outcome:
        experiment = of_folder("truth", probe=probe, **load)
        target = next(target for target in experiment.targets if target.server == server)
        target = msgspec.structs.replace(target, view=view, workers=workers, bare=bare, law=None)
        toml = msgspec.structs.replace(experiment.scenario.toml, warm=warm)
        scenario = msgspec.structs.replace(experiment.scenario, toml=toml)
        return run_quietly(msgspec.structs.replace(experiment, scenario=scenario, targets=(target,)))

    return run


@pytest.fixture
def run_target() -> Callable[..., Outcome]:
    """Run one target of a test folder, on another server where asked: run_target("nested-call", "without")."""

    def run(folder: str, name: str, *, server: str = "", view: str = "", **load) -> Outcome:
        experiment = of_folder(folder, **load)
        target = next(target for target in experiment.targets if target.name == name)
        target = msgspec.structs.replace(target, server=server or target.server, view=view or target.view)
        return run_quietly(msgspec.structs.replace(experiment, targets=(target,)))

    return run


@pytest.fixture
def shares() -> Callable[[TargetResult], dict[str, float]]:
    """The part of the time inside the application that each state took."""

    def of(result: TargetResult) -> dict[str, float]:
        inside = {name: result.states_ms[name] for name in ("running", "blocked", "stalled", "awaiting")}
        total = sum(inside.values())
        return {name: ms / total for name, ms in inside.items()}

    return of
