"""The faults of `tests/bench/mutations.py` can still be put in: code moves on, and nobody runs the table each day."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "bench"))

from mutations import TABLE, read_table  # noqa: E402

FAULTS = read_table(TABLE.read_text(encoding="utf-8"))


def test_the_text_of_every_fault_stands_in_its_file_once():
    texts = {fault.file: (ROOT / fault.file).read_text(encoding="utf-8") for fault in FAULTS}
    assert len(FAULTS) > 300
    assert [fault.breaks for fault in FAULTS if texts[fault.file].count(fault.old) != 1] == []


def test_every_fault_changes_something_and_no_two_are_one():
    assert [fault.breaks for fault in FAULTS if fault.old == fault.new] == []
    assert len({(fault.file, fault.old, fault.new) for fault in FAULTS}) == len(FAULTS)


def test_the_tests_that_are_to_notice_a_fault_are_there():
    named = {word for fault in FAULTS for word in shlex.split(fault.tests) if word.startswith("tests/")}
    assert [word for word in sorted(named) if not (ROOT / word.partition("::")[0]).exists()] == []
