"""Tags and filters of the project's own that a template calls, by its text: they run where it is rendered."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asgi_vs_wsgi.scenarios.project.findings.source_index import Function, SourceIndex

MOST_BYTES = 1 << 20
_MOST_TEMPLATES = 50
"""That one leads to, by what it extends and includes."""
_TAG = re.compile(r"{%-?\s*(\w+)([^%]*)%}")
_FILTER = re.compile(r"\|\s*(\w+)")
_VARIABLE = re.compile(r"{{([^}]*)}}")
_QUOTED = re.compile(r"""["']([^"']+)["']""")
_LEADS = ("extends", "include")
_REGISTERS = ("simple_tag", "inclusion_tag", "filter", "tag", "simple_block_tag")


class TemplateTags:
    """Of one project: the folders of its templates, and the modules of its libraries by the names that `load` knows."""

    def __init__(self, index: SourceIndex, folders: Sequence[str], libraries: Mapping[str, str]) -> None:
        self._index, self._folders = index, folders
        self._libraries = {name: index.modules[module] for name, module in libraries.items() if module in index.modules}
        self._found: dict[str, list[Function]] = {}

    def called_by(self, template: str) -> list[Function]:
        """Each once, through what it extends and includes."""
        if not self._libraries:
            return []
        if template not in self._found:
            self._found[template] = list(dict.fromkeys(self._of(template)))
        return self._found[template]

    def _of(self, template: str) -> Iterator[Function]:
        rest, met = [template], {template}
        while rest and len(met) <= _MOST_TEMPLATES:
            text = self._text(rest.pop())
            tags = _TAG.findall(text)
            names = {tag for tag, _ in tags}
            for inside in (*_VARIABLE.findall(text), *(words for _, words in tags)):
                names.update(_FILTER.findall(inside))
            for tag, words in tags:
                if tag == "load":
                    yield from self._registered(words, names)
                elif tag in _LEADS and (quoted := _QUOTED.search(words)) and quoted[1] not in met:
                    met.add(quoted[1])
                    rest.append(quoted[1])

    def _text(self, template: str) -> str:
        for folder in self._folders:
            file = Path(folder) / template
            try:
                if file.is_file() and file.stat().st_size <= MOST_BYTES:
                    return file.read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError):
                continue
        return ""

    def _registered(self, words: str, names: set[str]) -> Iterator[Function]:
        """`load a b`, and `load x y from a`."""
        for library in words.split():
            module = self._libraries.get(library)
            for function in module.functions if module else ():
                if any(name in names for name in _names_of(function)):
                    yield function


def _names_of(function: Function) -> Iterator[str]:
    """Under which a function is registered."""
    for decorator in function.node.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(call, ast.Attribute) or call.attr not in _REGISTERS:
            continue
        said = (
            [each.value for each in decorator.keywords if each.arg == "name"] if isinstance(decorator, ast.Call) else []
        )
        said += decorator.args[:1] if isinstance(decorator, ast.Call) else []
        named = [each.value for each in said if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        yield named[0] if named and not named[0].endswith(".html") else function.node.name
