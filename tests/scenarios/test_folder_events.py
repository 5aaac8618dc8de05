"""`[[events]]` and `options` of a scenario folder: what a server has, within its bounds, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.catalog import load_catalog
from asgi_vs_wsgi.scenarios.model.experiment import Options
from asgi_vs_wsgi.scenarios.planning.resolve import resolve
from asgi_vs_wsgi.scenarios.scenario_files.reader import BrokenFolder, checked_toml
from asgi_vs_wsgi.server_targets.servers import Number, Socket, server_specs
from asgi_vs_wsgi.tui.commands.listings import server_entry

KNOWN = {product.name: product for product in server_specs()}
TOML = """
title = "Mine"
summary = "Four visitors."
[load]
arrivals = "constant"
rate = 10
duration_s = 2
[[targets]]
server = "gunicorn-sync"
view = "page"
{options}
[[targets]]
server = "wsgiref"
view = "page"
workers = 1
[[targets]]
name = "one"
server = "uvicorn"
view = "page"
workers = 1
{events}
"""
FILE = Path("scenario.toml")


def told(options: str = "", events: str = "", load: str = "") -> str:
    text = TOML.format(options=f"options = {options}" if options else "", events=events)
    if load:
        text = text.replace('arrivals = "constant"\nrate = 10\nduration_s = 2', load)
    with pytest.raises(BrokenFolder) as caught:
        checked_toml(FILE, text, KNOWN)
    return caught.value.one_line()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{ max_request = 20 }", "did you mean `max_requests` or"),
        ("{ limit_concurrency = 3 }", "gunicorn-sync has no such option"),
        ("{ limit_concurrency = 3 }", "graceful_timeout_s, max_requests"),
        ("{ keep_alive_s = 3 }", "gunicorn-sync has no such option"),
        ("{ max_requests = 0 }", "0 is out of bounds"),
        ("{ max_requests = 2.5 }", "2.5 is no whole number"),
        ("{ max_requests = true }", "true is no number"),
        ("{ max_requests = inf }", "it is not finite"),
        ("{ backlog = 70000 }", "a whole number from 1 to 65,535"),
        ('{ backlog = "many" }', "it must be a number, true or false"),
        ("{ threads = 4 }", "a key of the target itself: threads = 4"),
    ],
)
def test_a_wrong_option_is_one_line_that_says_what_the_server_has(options: str, said: str) -> None:
    line = told(options)
    assert said in line
    assert "targets[0].options" in line


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ('at_s = 1\ndo = "relaod"', "did you mean `reload`?"),
        ("at_s = 1", "events[0].do: the key is missing"),
        ('do = "pause"', "events[0].at_s: the key is missing"),
        ('at_s = 3\ndo = "pause"', "nobody comes after 2 s"),
        ('at_s = -1\ndo = "pause"', "-1 is no time"),
        ('at_s = nan\ndo = "pause"', "nan is no time"),
        ('at_s = 1\ndo = "pause"\ntargets = ["gunicorn"]', "there is no target `gunicorn`"),
        ('at_s = 1\ndo = "pause"\ntarget = ["one"]', "did you mean `targets`?"),
        ('at_s = 1\ndo = "reload"\ntargets = ["wsgiref"]', "wsgiref is one process"),
        ('at_s = 1\ndo = "reload"', 'name those that can: targets = ["gunicorn-sync"]'),
        ('at_s = 1\ndo = "reload"\ntargets = ["one"]', "uvicorn with 1 worker is one process: take 2 or more"),
        ('at_s = 1\ndo = "worker-stop"\ntargets = ["one"]', "uvicorn with 1 worker is one process"),
        ('at_s = 1\ndo = "resume"\ntargets = ["one"]', "nothing of one is paused by then"),
    ],
)
def test_a_wrong_event_is_one_line_that_says_what_is_right(event: str, said: str) -> None:
    line = told(events=f"[[events]]\n{event}")
    assert said in line
    assert line.startswith(f"{FILE}: events[0]")


def test_how_long_a_burst_lasts_is_not_known_but_nobody_waits_beyond_the_time_limit() -> None:
    load = 'arrivals = "burst"\nrequests = 4\ntimeout_s = 5'
    assert "nobody waits longer than 5 s" in told(events='[[events]]\nat_s = 6\ndo = "pause"', load=load)
    text = TOML.format(options="", events='[[events]]\nat_s = 4\ndo = "pause"')
    assert checked_toml(FILE, text.replace("duration_s = 2", "duration_s = 9"), KNOWN).events[0].at_s == 4


def test_a_class_that_comes_later_makes_the_run_longer() -> None:
    later = '[[visitors]]\nname = "a"\nshare = 1\n[[visitors]]\nname = "b"\nafter_s = 4\n'
    later += 'load = { arrivals = "constant", rate = 1, requests = 2 }\n'
    text = TOML.format(options="", events=later + '[[events]]\nat_s = 5\ndo = "stop"')
    assert [event.do for event in checked_toml(FILE, text, KNOWN).events] == ["stop"]


@pytest.mark.parametrize("product", server_specs(), ids=lambda each: each.name)
def test_every_option_comes_after_ours_and_before_the_application(product) -> None:
    """Of an option that a command line has twice servers take the last."""
    for name, option in product.options.items():
        value = option.low if isinstance(option, Number) else True
        words = product.command_line(Socket(3, 8000), 2, 2, {name: value})
        assert words[-1] == product.application
        chosen = list(option.arguments(value))
        assert words[-1 - len(chosen) : -1] == chosen
        assert option.refusal(value) == ""


def test_servers_as_json_tell_every_option_with_kind_bounds_and_flag() -> None:
    entries = {each.name: json.loads(json.dumps(server_entry(each))) for each in server_specs()}
    (option,) = (each for each in entries["uvicorn"]["options"] if each["name"] == "max_requests")
    assert (option["type"], option["min"], option["flag"]) == ("whole number", 1, "--limit-max-requests")
    (switch,) = (each for each in entries["gunicorn-gthread"]["options"] if each["name"] == "max_requests_jitter")
    assert switch["min"] == 0
    assert entries["wsgiref"]["options"] == []
    assert entries["gunicorn-sync"]["reloads"] is True
    assert entries["daphne"]["reloads"] is False


def test_a_target_that_is_moved_to_another_server_keeps_the_options_that_it_has_too() -> None:
    catalog = load_catalog()
    scenario = catalog.find("slow-io")
    target = replace(scenario.toml.targets[0], options={"max_requests": 9, "backlog": 64})
    toml = replace(scenario.toml, targets=[target, *scenario.toml.targets[1:]])
    moved = catalog.with_(replace(scenario, toml=toml))
    (on_granian,) = resolve(Options("slow-io", targets=("granian-wsgi:2",)), moved).targets
    assert on_granian.options == {}  # granian's backlog begins at 128, and it counts no requests
    (on_waitress,) = resolve(Options("slow-io", targets=("waitress:1",)), moved).targets
    assert on_waitress.options == {"backlog": 64}
