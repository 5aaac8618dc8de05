"""Several words as a part of a sentence."""

from __future__ import annotations

import pytest

from asgi_vs_wsgi.scenarios.wording import listed


@pytest.mark.parametrize(
    ("words", "said"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (list("abcd"), "a, b, c and d")],
)
def test_a_list_reads_as_people_write_one(words, said):
    assert listed(words) == listed(iter(words)) == said
    assert listed(words, "or") == said.replace(" and ", " or ")
