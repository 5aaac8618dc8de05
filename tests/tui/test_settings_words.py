"""The header counts all who come, as the panes do."""

from __future__ import annotations

from scenarios.catalog import load_catalog
from tui.settings_words import setting


def test_visitors_with_a_load_of_their_own_are_counted_too():
    assert setting(load_catalog().find("gone-client"))[0] == "8 visitors"
    assert setting(load_catalog().find("slow-io"))[0] == "32 visitors"
