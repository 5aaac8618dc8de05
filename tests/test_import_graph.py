"""The import graph of the product: every module beside every other, and no circle at import time."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "asgi_vs_wsgi"


def modules() -> dict[str, Path]:
    """Dotted name to file, of all but the scenarios' own folders."""
    found = {}
    for folder in ("tui", "scenarios", "server_targets"):
        for file in (ROOT / folder).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            if parts[:2] != ("scenarios", "catalog") or len(parts) == 3:
                found[".".join((PACKAGE, *parts)).removesuffix(".__init__")] = file
    return found


def imported_at_once(source: str, known: set[str]) -> set[str]:
    """What importing a module imports: not what its functions do later, nor what only a type checker reads."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            pending += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return found & known


def circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_module_needs_itself_to_be_imported():
    files = modules()
    assert len(files) > 200
    graph = {
        name: imported_at_once(file.read_text(encoding="utf8"), set(files)) - {name} for name, file in files.items()
    }
    assert sum(map(len, graph.values())) > len(files)
    assert not circle(graph)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import b", {"b"}),
        ("from b import c", {"b", "b.c"}),
        ("class A:\n    import b", {"b"}),
        ("try:\n    import b\nexcept ImportError:\n    pass", {"b"}),
        ("def f():\n    import b", set()),
        ("if TYPE_CHECKING:\n    import b\nelse:\n    import d", {"d"}),
    ],
)
def test_a_circle_would_be_seen(source, found):
    seen = imported_at_once(source, {"a", "b", "b.c", "d"})
    assert seen == found
    graph = {"a": seen, **{name: {"a"} for name in seen}}
    assert bool(circle(graph)) == bool(found)
