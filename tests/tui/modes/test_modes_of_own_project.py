"""The modes' words of a project of the user's own: its files and lines, whose times they are, no general advice."""

from __future__ import annotations

import dataclasses
import re

import pytest
from msgspec.structs import replace
from saved_runs import RUNS, after, before, during, mode_text, saved_run

from asgi_vs_wsgi.scenarios.analysis.time_spent import gain
from asgi_vs_wsgi.scenarios.results.project_answer import (
    FindingInRun,
    NamedHops,
    PageAnswer,
    PageAtServer,
    ProjectAnswer,
    ServerAnswer,
)
from asgi_vs_wsgi.scenarios.scenario_files.listing import OWN_PROJECT
from asgi_vs_wsgi.tui.modes.gain_text import gain_text
from asgi_vs_wsgi.tui.modes.tips import TIPS
from asgi_vs_wsgi.tui.modes.view_model import ModeContext
from asgi_vs_wsgi.tui.report.target_tables import over_whom


@pytest.mark.parametrize("name", RUNS)
def test_lines_of_files_of_a_project_are_shown_with_their_own_numbers_and_marks(name):
    """What stands for its views is put together; here the file lies five lines further down in it."""
    sight = after(name, 120)
    views = sight.scenario.views_py
    put = "\n" * 5 + f"# views.py:1-{views.count(chr(10)) + 1}\n{views}"
    moved = dataclasses.replace(sight, scenario=replace(sight.scenario, views_py=put))
    assert mode_text("code", moved) == mode_text("code", sight)
    elsewhere = replace(sight.scenario, views_py=put.replace("# views.py", "# shop/views.py"))
    assert mode_text("code", dataclasses.replace(sight, scenario=elsewhere)) != mode_text("code", sight)


@pytest.mark.parametrize(("beside", "who"), [(True, "threads beside an event loop were"), (False, "a worker was")])
def test_who_was_blocked_while_others_stood_in_line_is_told_as_it_was_measured(beside, who):
    target = saved_run("slow-io")[0].targets[0]
    changed = replace(target, blame=[replace(line, beside_loop=beside) for line in target.blame])
    found = gain(changed)
    assert found
    assert f"while {who} blocked for 99" in gain_text(found, changed, "latency_ms.p95")


def of_own_project(sight: ModeContext) -> ModeContext:
    toml = replace(sight.scenario.toml, summary=f"{OWN_PROJECT}: shop")
    return dataclasses.replace(sight, scenario=replace(sight.scenario, toml=toml))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, " over 32 visitors"),
        ({"beside_loop": True}, " over 32 visitors, in a thread beside the loop"),
        ({"own_thread": True}, " in all, in a thread of the view's own"),
    ],
)
def test_a_time_that_is_a_sum_over_visitors_says_so(changed, words):
    target = saved_run("slow-io")[0].targets[0]
    assert over_whom(target, replace(target.blame[0], **changed)) == words
    several = replace(target, classes=[*target.classes, target.classes[0]])
    assert over_whom(several, target.blame[0]) == " over its visitors together"


def test_beside_what_a_run_says_of_a_project_no_tip_may_say_otherwise():
    sight = of_own_project(after("slow-io", 90))
    assert sight.result is not None
    answer = ProjectAnswer(
        [], [], [], None, 3, ["uvicorn beside gunicorn-sync: \x1b[31mworse\x1b[0m " + "and so on " * 30]
    )
    words = mode_text("tips", dataclasses.replace(sight, result=replace(sight.result, answer=answer)))
    assert words.index("Your project") < words.index("uvicorn beside gunicorn-sync") < words.index("No general advice")
    assert not re.search("supported|limited|measured  ", words)
    assert not any(tip.advice in words for tip in TIPS)
    assert "\x1b" not in words
    assert max(map(len, words.splitlines())) <= 90


@pytest.mark.parametrize("sight", [before("slow-io", 90), during("slow-io", 50_000_000, 90)], ids=["before", "during"])
def test_before_a_project_has_its_answer_tips_say_when_it_comes(sight):
    words = mode_text("tips", of_own_project(sight))
    assert "told at the end of the run" in " ".join(words.split())
    assert not any(tip.advice in words for tip in TIPS)


def test_what_a_run_says_of_places_and_hops_is_on_the_screen():
    sight = of_own_project(after("slow-io", 90))
    assert sight.result is not None
    held = "held the event loop of uvicorn for up to 9 ms"
    place = FindingInRun("shop/\x1b.py", 12, "sync-orm", "f", "confirmed", held)
    hops = [NamedHops("shop.Old", 1, 1, ["shop/old.py:3 __call__"], breaks=True), NamedHops("the view", 1, 1)]
    at = PageAtServer("uvicorn", 9, 1.0, 1.0, 1.0, 1.0, 2.0, hops)
    page = PageAnswer("page", "/page/", None, None, 2, False, 0.5, [at])
    server = ServerAnswer("uvicorn", "asgi", 1, 1, 9.0, 1.0, None, None, 2.0, None, 0)
    answer = ProjectAnswer([page], [server], [], None, 3, ["Words."], [place])
    told = dataclasses.replace(sight, result=replace(sight.result, answer=answer))
    tips = " ".join(mode_text("tips", told).split())
    assert "confirmed: shop/\\x1b.py:12 (sync-orm) held the event loop of uvicorn for up to 9 ms" in tips
    compared = mode_text("compare", told)
    assert re.search(r"/page/ +1 +1 +shop\.Old, breaks the async chain ← shop/old\.py:3", compared)
    assert re.search(r"\n +1 +1 +the view", compared)
    assert "by name" not in mode_text("compare", sight)
    assert max(map(len, [*tips.splitlines()[1:], *compared.splitlines()])) <= 90
