"""Requests that are not the driver's have numbers of their own."""

from __future__ import annotations

import itertools

from asgi_vs_wsgi.server_targets.probe import request_context as current
from asgi_vs_wsgi.server_targets.probe.request_context import FOREIGN_FROM, number_of


def test_numbers_for_strangers_never_leave_the_32_bits_of_a_record(monkeypatch):
    monkeypatch.setattr(current, "_foreign", itertools.count((1 << 32) - FOREIGN_FROM - 3))
    numbers = [number_of(None) for _ in range(4)]
    assert len(set(numbers)) == 4
    assert all(FOREIGN_FROM < number < 1 << 32 for number in numbers)
