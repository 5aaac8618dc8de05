"""What a teacher needs: a presentation led by a remote, several runs, a quiz that waits, pictures and recordings."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import command
from made_app import MadeApp, recorded_race
from made_runs import made_run
from msgspec.structs import replace
from saved_runs import FOLDER, scenario
from seen_screen import text_of

from asgi_vs_wsgi.scenarios.catalog import Catalog
from asgi_vs_wsgi.scenarios.load.visits import FAILED
from asgi_vs_wsgi.scenarios.storage.run_reader import read_run
from asgi_vs_wsgi.tui.capture.picture_files import file_stem
from asgi_vs_wsgi.tui.playback.lesson_steps import lesson_sections, lesson_steps, said_of, step_at
from asgi_vs_wsgi.tui.playback.loader import opened
from asgi_vs_wsgi.tui.screens.history import RecentsScreen
from asgi_vs_wsgi.tui.screens.playlist import OpenedFile

CHROME = ("#head", "#modes", "#list", "#keys", "#status")


def run_of(name: str = "slow-io"):
    return read_run(FOLDER / f"{name}.avw")


async def presented(made: MadeApp, pilot, *names: str) -> None:
    made.screen.playlist.begin([OpenedFile(f"{name}.avw", run_of(name)) for name in names])
    await made.all_told(pilot)
    await pilot.press("f5")
    made.screen.redraw()
    await pilot.pause()


async def led_on(made: MadeApp, pilot, key: str) -> None:
    """One press of the remote, and the time that it takes."""
    await pilot.press(key)
    await made.all_told(pilot)
    await made.until_shown(pilot, 30, frame_s=0.25)


# ---- the moments of a run


@pytest.mark.parametrize("name", ["slow-io", "blocked-loop", "streaming"])
def test_moments_are_those_of_the_record_in_their_order_and_tell_each_target(name: str):
    show = opened(run_of(name))
    steps = lesson_steps(show, scenario(name))
    times = [step.at_ns for step in steps]
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == (0, show.extent_ns)
    markers = [marker for step in steps for marker in step.markers]
    assert {f"{target.trace.facts.name}: the last page" for target in show.targets} <= set(markers)


def told_in(show) -> dict[str, str]:
    steps = lesson_steps(show, None)
    return {marker: step.words for step in steps for marker in step.markers} | {"": steps[-1].words}


def test_who_failed_is_not_done_at_any_moment():
    told = told_in(opened(run_of("worker-crash")))
    assert "uvicorn: all have ended after 1.40 s, 11 of 21 with a page." in told["uvicorn: the last visitor"]
    assert told["gunicorn-sync: half of them"] == "gunicorn-sync: half of them are done after 3.01 s."
    assert "gunicorn-sync 5.53 s (served 20 of 21)" in told[""]


def test_of_whom_nobody_had_a_page_no_moment_tells_of_one():
    show = opened(run_of("worker-crash"))
    for target in show.targets:
        target.trace.visits.outcome[:] = bytes([FAILED]) * len(target.trace.visits)
    told = told_in(show)
    assert not any(marker.endswith(("page", "half of them")) for marker in told)
    assert "all have ended after 1.40 s, none of them with a page." in told["uvicorn: the last visitor"]


def test_of_what_is_not_recorded_there_is_no_moment():
    show = opened(run_of())
    of_first = min(done_ns for done_ns in show.targets[0].trace.visits.done_ns if done_ns)
    for target in show.targets:
        target.recorded_ns = of_first - target.start_ns - 1
    assert not any("gunicorn-sync" in marker for step in lesson_steps(show, None) for marker in step.markers)


def test_the_lessons_sentence_stands_beside_the_server_that_it_speaks_of():
    sentences = lesson_sections(
        "# T\n\n## Look\n\nOn uvicorn all wait. On gunicorn\nsync `x.y` blocks.\n\n- no list\n"
    )["Look"]
    assert said_of(sentences, ["gunicorn-sync", "gunicorn sync"]) == "On gunicorn sync `x.y` blocks."
    assert said_of(sentences, ["uvicorn"]) == "On uvicorn all wait."
    assert said_of(sentences, ["unicorn", "gunicorn-sync:2"]) == ""


ANY_LESSON = {
    "none": "",
    "no heading": "words",
    "an order": "# T\n\n## A\n\x1b[2J\n",
    "long": "## \n" * 5000,
    "markup": "\n## Moments\n- 1 s: [x\n",
}


@pytest.mark.parametrize("lesson", ANY_LESSON.values(), ids=ANY_LESSON.keys())
def test_any_lesson_gives_moments(lesson: str):
    steps = lesson_steps(opened(run_of()), replace(scenario("slow-io"), lesson_md=lesson))
    assert len(steps) > 1
    assert not any("\x1b" in step.words + step.lesson for step in steps)


def test_a_lesson_names_moments_of_its_own_and_those_after_the_end_are_none():
    own = "- 700 ms: The line is long.\n* 1.5 s: It is *half*.\n- 900 s: Never.\n- 1 h: no"
    lesson = f"# T\n\n## Look\n\nHere.\n\n## Moments\n{own}"
    steps = lesson_steps(opened(run_of()), replace(scenario("slow-io"), lesson_md=lesson))
    named = {step.at_ns: step.words for step in steps if step.markers[0].startswith("at ")}
    assert named == {700_000_000: "The line is long.", 1_500_000_000: "It is *half*."}
    assert step_at(steps, 700_000_000) == [step.at_ns for step in steps].index(700_000_000)


# ---- the presentation


@pytest.mark.anyio
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_a_presentation_is_title_lanes_and_a_sentence_and_a_remote_leads_through_it(size):
    made = MadeApp(catalog=Catalog((scenario("slow-io"),), {}))
    async with made.app.run_test(size=size) as pilot:
        await presented(made, pilot, "slow-io")
        assert not any(made.screen.query_one(part).display for part in CHROME)
        assert "which tells the answer" not in text_of(made)
        assert made.session.show.position_ns == 0
        assert "page down goes on, esc ends" in text_of(made)
        steps = made.screen.presentation.steps(made.session.show)
        for place, step in enumerate(steps[1:], 2):
            await led_on(made, pilot, "enter" if place % 2 else "pagedown")
            assert made.session.show.position_ns == step.at_ns
            shown = text_of(made)
            assert f"{place} of {len(steps)}" in shown
            assert " ".join(step.words.split()[:5]) in " ".join(shown.split())
        await led_on(made, pilot, "pageup")
        assert made.session.show.position_ns == steps[-2].at_ns
        await pilot.press("escape")
        await pilot.pause()
        assert all(made.screen.query_one(part).display for part in ("#head", "#modes", "#keys"))
        assert made.screen.playing is made.session.show


@pytest.mark.anyio
async def test_it_plays_on_to_the_next_moment_and_a_second_press_does_not_wait_for_it():
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await presented(made, pilot, "slow-io")
        await pilot.press("right")
        await made.until(pilot, lambda: made.session.show.hold_at_ns)
        goal_ns = made.session.show.hold_at_ns
        assert made.session.show.position_ns < goal_ns
        await pilot.press("right")
        await made.until(pilot, lambda: made.session.show.position_ns == goal_ns)
        assert made.session.show.paused


@pytest.mark.anyio
async def test_past_the_last_moment_the_next_file_begins_and_before_the_first_the_one_before():
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        await presented(made, pilot, "slow-io", "blocked-loop")
        made.session.show.to_end()
        await led_on(made, pilot, "pagedown")
        assert made.session.options.scenario == "blocked-loop"
        assert made.session.show.position_ns == 0
        await led_on(made, pilot, "pageup")
        assert made.session.options.scenario == "slow-io"


@pytest.mark.anyio
async def test_before_any_run_it_asks_the_question_and_enter_runs():
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f5")
        await pilot.pause()
        assert "When does the last of the 32 visitors have a page?" in text_of(made)
        await pilot.press("pagedown", "enter")
        await made.to_the_end(pilot)
        assert made.screen.playing is made.session.show
        assert "until all were done: gunicorn-sync 3.24 s" in text_of(made)


@pytest.mark.anyio
@pytest.mark.parametrize("mode", "123456789")
async def test_in_no_mode_enter_runs_anew_what_is_presented(mode):
    made = MadeApp(recorded_race())
    async with made.app.run_test(size=(120, 36)) as pilot:
        await presented(made, pilot, "slow-io")
        show = made.session.show
        await pilot.press(mode, "enter")
        await pilot.pause()
        assert made.session.show is show


# ---- several files


@pytest.mark.anyio
async def test_several_files_are_gone_through_and_listed():
    made = MadeApp()
    async with made.app.run_test(size=(120, 36)) as pilot:
        made.screen.playlist.begin([OpenedFile(f"{name}.avw", run_of(name)) for name in ("slow-io", "blocked-loop")])
        await made.all_told(pilot)
        for key, name in ((">", "blocked-loop"), (">", "slow-io"), ("<", "blocked-loop")):
            await pilot.press({"<": "less_than_sign", ">": "greater_than_sign"}[key])
            await made.all_told(pilot)
            assert made.session.options.scenario == name
        await pilot.press("o")
        await pilot.pause()
        assert isinstance(made.app.screen, RecentsScreen)
        assert "2 of 2: blocked-loop.avw" in text_of(made)
        await pilot.press("k", "enter")
        await made.all_told(pilot)
        assert made.session.options.scenario == "slow-io"


def test_a_file_that_is_none_among_several_is_one_line_and_nothing_opens(tmp_path: Path):
    run = made_run(tmp_path)
    (tmp_path / "b.avw").write_text("words")
    done = command("replay", str(run), str(tmp_path / "b.avw"), "--presentation")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "b.avw" in done.stderr
    assert "100" in command("replay", *[str(run)] * 101).stderr


# ---- the quiz


@pytest.mark.anyio
async def test_an_answer_is_held_back_until_space_and_nothing_tells_it_before():
    made = MadeApp(catalog=Catalog((scenario("slow-io"),), {}))
    async with made.app.run_test(size=(120, 36)) as pilot:
        await pilot.press("8", "z", "a", "n")
        question = scenario("slow-io").toml.quiz[0]
        wrong = "abcd"[(question.right + 1) % len(question.answers)]
        await pilot.press(wrong)
        await pilot.pause()
        words = text_of(made)
        assert "space tells what is right" in words
        assert not any(told in words for told in ("✓", "✕", "Wrong", "Right", "0 of 1"))
        assert not any(" ".join(why.split()[:4]) in " ".join(words.split()) for why in question.why)
        await pilot.press("space")
        await pilot.pause()
        assert "Wrong" in text_of(made)
        await pilot.press("z", "x", "a", "n", "abcd"[question.right])
        await pilot.pause()
        assert "Right" in text_of(made)


# ---- pictures and recordings


def test_a_plain_picture_has_its_title_and_no_chrome_and_the_name_of_its_run(tmp_path: Path):
    run = made_run(tmp_path)
    framed = ("--size", "80x24", "--plain", "--title", "A [b] \x1b")
    whole = command("screenshot", str(run), "-o", str(tmp_path / "run.svg"), *framed)
    assert (whole.returncode, whole.stdout) == (0, "")
    words = (tmp_path / "run.svg").read_text()
    assert "A [b]" in words
    assert "quit" not in words
    assert "1 watch" not in words
    assert command("screenshot", str(run), "--title", "x" * 300).stderr.count("\n") == 1


def test_without_o_a_picture_is_named_after_its_run_and_is_never_put_over_another(tmp_path: Path, monkeypatch):
    run = made_run(tmp_path)
    for _ in range(2):
        assert command("screenshot", str(run), "--size", "60x16", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["run-2.png", "run.png"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x1b[2J", "", "...", "a" * 300, "ä 東京"])
def test_whatever_a_saved_run_is_called_a_file_is_called_harmlessly(name: str):
    stem = file_stem(name)
    assert stem
    assert stem.replace("-", "").replace("_", "").isalnum()
    assert len(stem) <= 60
