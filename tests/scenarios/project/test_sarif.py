"""Findings as SARIF 2.1.0: by the rules of the published schema, as far as a log of ours reaches into it."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from asgi_vs_wsgi.scenarios.project.findings.finding import Findings, WhatWasRead, finding
from asgi_vs_wsgi.scenarios.project.findings.rules import RULES
from asgi_vs_wsgi.scenarios.project.findings.sarif import sarif
from asgi_vs_wsgi.scenarios.results.project_answer import FindingInRun

READ = WhatWasRead(2, 3, 1, ["shop/newer.py: line 1: its syntax"], ["ruff is not installed"])
NAMES = ("shop/views.py", "shop/a b#ü%.py", "/opt/other/views.py", "shop/\udcff.py")


def place(file="shop/views.py", line=3, rule="sync-orm", call="Book.objects.get"):
    return finding(file, line, rule, call, "A synchronous query\x1b[31m runs.", "await it", ["view shop.views.page"])


OBJECTS = {
    "log": ({"version", "runs"}, {"$schema", "version", "runs", "inlineExternalProperties", "properties"}),
    "run": ({"tool"}, {"tool", "invocations", "results", "columnKind", "originalUriBaseIds", "artifacts", "language"}),
    "tool": ({"driver"}, {"driver", "extensions", "properties"}),
    "driver": (
        {"name"},
        {"name", "semanticVersion", "version", "informationUri", "fullDescription", "shortDescription", "rules"},
    ),
    "rule": ({"id"}, {"id", "name", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration"}),
    "invocation": ({"executionSuccessful"}, {"executionSuccessful", "toolExecutionNotifications", "startTimeUtc"}),
    "notification": ({"message"}, {"message", "level", "locations", "descriptor"}),
    "result": (
        {"message"},
        {"message", "ruleId", "ruleIndex", "level", "kind", "locations", "partialFingerprints", "codeFlows"},
    ),
    "location": (set(), {"id", "physicalLocation", "logicalLocations", "message"}),
    "physicalLocation": ({"artifactLocation"}, {"artifactLocation", "region", "contextRegion", "address"}),
    "artifactLocation": (set(), {"uri", "uriBaseId", "index", "description"}),
    "region": ({"startLine"}, {"startLine", "startColumn", "endLine", "endColumn", "snippet", "message"}),
    "message": ({"text"}, {"text", "markdown", "id", "arguments"}),
}
"""What the schema demands and allows of each object that we write: it forbids all other keys."""


def check(kind, thing):
    required, allowed = OBJECTS[kind]
    assert required <= set(thing) <= allowed, (kind, set(thing))
    return thing


def checked(document):
    log = check("log", json.loads(json.dumps(document)))
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        check("run", run)
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        driver = check("driver", check("tool", run["tool"])["driver"])
        assert re.fullmatch(r"\d+\.\d+\.\d+.*", driver["semanticVersion"])
        check("message", driver["fullDescription"])
        for rule in driver["rules"]:
            check("rule", rule)
            assert rule["defaultConfiguration"] == {"level": "warning"}
        assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
        for base in run["originalUriBaseIds"].values():
            check("artifactLocation", base)
        for invocation in run["invocations"]:
            for each in check("invocation", invocation)["toolExecutionNotifications"]:
                assert check("notification", each)["level"] in ("none", "note", "warning", "error")
                check("message", each["message"])
        for result in run["results"]:
            check("result", result)
            assert result["level"] in ("none", "note", "warning", "error")
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            check("message", result["message"])
            assert all(isinstance(each, str) for each in result["partialFingerprints"].values())
            for location in result["locations"]:
                physical = check("physicalLocation", check("location", location)["physicalLocation"])
                assert check("region", physical["region"])["startLine"] >= 1
                artifact = check("artifactLocation", physical["artifactLocation"])
                assert re.fullmatch(r"[A-Za-z0-9_.~!$&'()*+,;=:@%/-]+", artifact["uri"])
                assert artifact.get("uriBaseId", "PROJECT") in run["originalUriBaseIds"]
    return log


@pytest.mark.parametrize(
    "places", [[], [place()], [place(file, rule=rule) for file in NAMES for rule in ("ASYNC210", *RULES)]]
)
def test_a_log_keeps_to_the_schema(places):
    log = checked(sarif(Findings(places, READ)))
    results = log["runs"][0]["results"]
    assert len(results) == len(places)
    assert {each["ruleId"] for each in results} == {each.rule for each in places}


def test_each_place_is_where_it_is_with_what_to_do():
    [result] = checked(sarif(Findings([place()], READ)))["runs"][0]["results"]
    [location] = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "shop/views.py", "uriBaseId": "PROJECT"}
    assert location["physicalLocation"]["region"] == {"startLine": 3}
    words = result["message"]["text"]
    for part in ("Book.objects.get: a synchronous query", "By view shop.views.page.", "Instead: await it"):
        assert part in words
    assert "\x1b" not in words


def test_files_are_named_so_that_they_are_found_again():
    results = checked(sarif(Findings([place(name) for name in NAMES[:3]], READ)))["runs"][0]["results"]
    artifacts = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in results]
    assert [unquote(each["uri"]) for each in artifacts] == [*NAMES[:2], f"file://{NAMES[2]}"]
    assert ["uriBaseId" in each for each in artifacts] == [True, True, False]


def test_a_place_is_known_again_where_its_line_has_moved_and_two_are_told_apart():
    def prints(places):
        run = checked(sarif(Findings(places, READ)))["runs"][0]
        return [next(iter(each["partialFingerprints"].values())) for each in run["results"]]

    two = [place(), place(line=9)]
    moved = [replace(each, line=each.line + 40) for each in two]
    assert prints(two) == prints(moved)
    assert len({*prints(two), *prints([place(call="other")]), *prints([place(rule="sync-cache")])}) == 4


def test_two_calls_of_one_line_have_each_what_a_run_says_of_it():
    places = [place(call="a.get"), place(call="b.get")]
    told = [
        FindingInRun(places[0].file, 3, "sync-orm", "a.get", "cleared", "short"),
        FindingInRun(places[1].file, 3, "sync-orm", "b.get", "confirmed", "held"),
    ]
    first, second = sarif(Findings(places, READ), told)["runs"][0]["results"]
    assert (first["level"], first["properties"]["run"]["status"]) == ("note", "cleared")
    assert (second["level"], second["properties"]["run"]["status"]) == ("warning", "confirmed")


def test_what_was_not_read_is_told_there_too():
    notes = checked(sarif(Findings([], READ)))["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [each["message"]["text"] for each in notes] == [*READ.unread, *READ.without]
