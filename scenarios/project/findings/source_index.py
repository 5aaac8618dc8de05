"""The project's own files as syntax trees: what each name stands for, followed through imports and base classes."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from asgi_vs_wsgi.scenarios.untrusted_text import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 12
"""Imports of imports that a name is followed through."""
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_OF_COMMANDS = ("management", "commands")
_SILENCED = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Za-z0-9_,\s-]+))?", re.IGNORECASE)


@dataclass(eq=False, slots=True)
class Function:
    """A `def` or an `async def`, wherever it stands."""

    module: Module
    qualname: str
    node: FunctionNode
    cls: Class | None = None
    outer: Function | None = None
    inner: dict[str, Function] = field(default_factory=dict)

    @property
    def short_name(self) -> str:
        """Without the module, and without Python's word for what stands inside a function."""
        return self.qualname.replace(".<locals>.", ".")

    @property
    def is_async(self) -> bool:
        """Whether its body runs on an event loop."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def is_property(self) -> bool:
        """Whether to read it is to call it."""
        return any(name.rpartition(".")[2] in ("property", "cached_property") for name in self.decorators())

    def decorators(self) -> Iterator[str]:
        """Their dotted names, as far as they have any."""
        for decorator in self.node.decorator_list:
            yield self.module.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) or ""


@dataclass(eq=False, slots=True)
class Class:
    """With what stands in its body."""

    module: Module
    qualname: str
    node: ast.ClassDef
    methods: dict[str, Function] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Dotted, as it is imported."""
        return f"{self.module.name}.{self.qualname}"

    def bases(self) -> Iterator[str]:
        """Dotted names."""
        for base in self.node.bases:
            yield self.module.dotted(base.value if isinstance(base, ast.Subscript) else base) or ""


class Module(ast.NodeVisitor):
    """One file."""

    def __init__(self, name: str, file: str, tree: ast.Module, text: str) -> None:
        self.name, self.file, self.tree = name, file, tree
        self.lines = split_lines(text)
        self.is_package = Path(file).name == "__init__.py"
        self.is_command = Path(file).parent.parts[-2:] == _OF_COMMANDS
        """Whether it is a command's: what loop it runs is its own, and no server's."""
        self.names: dict[str, str] = {}
        """What is imported, anywhere in the file: local name → dotted."""
        self.functions: list[Function] = []
        self.top: dict[str, Function | Class | ast.expr] = {}
        """What stands at its top: functions, classes, assigned expressions."""
        self._outer: list[Function | Class] = []
        self.visit(tree)

    def visit_Import(self, node: ast.Import) -> None:
        """`import a.b` is `a`, `import a.b as c` is `a.b`."""
        for alias in node.names:
            first = alias.name.partition(".")[0]
            self.names[alias.asname or first] = alias.name if alias.asname else first

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """A relative one is told from the top."""
        base = node.module or ""
        if node.level:
            parts = self.name.split(".")
            above = parts[: len(parts) - node.level + self.is_package]
            base = ".".join([*above, base] if base else above)
        for alias in node.names:
            self.names[alias.asname or alias.name] = f"{base}.{alias.name}"

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """One below a function is known to that alone, and is told by its methods."""
        found = Class(self, self._qualified(node.name), node)
        if not self._outer:
            self.top[node.name] = found
        elif isinstance(self._outer[-1], Class):
            self.top.setdefault(found.qualname, found)
        self._inside(found, node)

    def visit_FunctionDef(self, node: FunctionNode) -> None:
        """Kept with what it stands in."""
        outer = self._outer[-1] if self._outer else None
        cls = outer if isinstance(outer, Class) else None
        found = Function(self, self._qualified(node.name), node, cls, outer if isinstance(outer, Function) else None)
        self.functions.append(found)
        if cls is not None:
            cls.methods[node.name] = found
        elif isinstance(outer, Function):
            outer.inner[node.name] = found
        else:
            self.top[node.name] = found
        self._inside(found, node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """As the other."""
        self.visit_FunctionDef(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """At the top of a module or a class: a value of that name."""
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._keep(target.id, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The same, with a type."""
        if isinstance(node.target, ast.Name) and node.value is not None:
            self._keep(node.target.id, node.value)
        self.generic_visit(node)

    def _keep(self, name: str, value: ast.expr) -> None:
        if not self._outer:
            self.top.setdefault(name, value)
        elif isinstance(self._outer[-1], Class):
            self._outer[-1].values[name] = value

    def _qualified(self, name: str) -> str:
        if not self._outer:
            return name
        outer = self._outer[-1]
        return f"{outer.qualname}.{name}" if isinstance(outer, Class) else f"{outer.qualname}.<locals>.{name}"

    def _inside(self, found: Function | Class, node: FunctionNode | ast.ClassDef) -> None:
        self._outer.append(found)
        for child in node.body:
            self.visit(child)
        self._outer.pop()

    def dotted(self, node: ast.expr) -> str | None:
        """`a.b.c` with `a` as it was imported, or with the module's name where it stands at its top."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        if node.id in self.names:
            first = self.names[node.id]
        elif node.id in self.top:
            first = f"{self.name}.{node.id}"
        else:
            first = node.id
        return ".".join([first, *reversed(parts)])

    def is_silenced(self, line: int, rules: tuple[str, ...]) -> bool:
        """Whether its line says that it is known: `# noqa`, or `# noqa: RULE`, by any of its names."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if "noqa" not in text or (found := _SILENCED.search(text)) is None:
            return False
        codes = found["codes"]
        said = {each.lower() for each in re.split(r"[,\s]+", codes or "")}
        return codes is None or any(rule.lower() in said for rule in rules)


class SourceIndex:
    """All of them."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self.by_file: dict[str, Module] = {}
        self.packages: set[str] = set()
        """Names of modules, and of what is above them."""
        self.unread: list[tuple[str, str]] = []
        """Files that are no part of it, and why."""

    def functions(self) -> Iterator[Function]:
        """Every one."""
        for module in self.by_file.values():
            yield from module.functions

    def classes(self) -> Iterator[Class]:
        """Those at the top of modules and in classes."""
        for module in self.by_file.values():
            yield from (each for each in module.top.values() if isinstance(each, Class))

    def find(self, dotted: str | None, depth: int = 0) -> Function | Class | tuple[Module, ast.expr] | None:
        """What a dotted name stands for in these files, through imports of imports."""
        if not dotted or depth > _DEEPEST:
            return None
        parts = dotted.split(".")
        for end in range(len(parts) - 1, 0, -1):
            module = self.modules.get(".".join(parts[:end]))
            if module is None:
                continue
            rest = parts[end:]
            found = module.top.get(".".join(rest)) or module.top.get(rest[0])
            if found is None:
                onward = module.names.get(rest[0])
                return self.find(".".join([onward, *rest[1:]]), depth + 1) if onward else None
            if isinstance(found, Class) and found.qualname != ".".join(rest):
                return self.method(found, rest[-1]) if len(rest) == 2 else None
            if isinstance(found, ast.expr):
                return (module, found) if len(rest) == 1 else None
            return found if found.qualname == ".".join(rest) else None
        return None

    def lineage(self, cls: Class) -> Iterator[Class | str]:
        """It and its bases, nearest first; a base that is not in these files is its dotted name."""
        met: set[str] = set()
        rest: list[Class | str] = [cls]
        while rest:
            each = rest.pop(0)
            name = each if isinstance(each, str) else each.name
            if name in met:
                continue
            met.add(name)
            yield each
            if isinstance(each, Class):
                found = [(base, self.find(base)) for base in each.bases()]
                rest += [above if isinstance(above, Class) else base for base, above in found]

    def method(self, cls: Class, name: str, *, above: bool = False) -> Function | None:
        """Its own, or that of the nearest base; `above`: without its own, as `super()` has it."""
        for each in self.lineage(cls):
            if isinstance(each, Class) and name in each.methods and not (above and each is cls):
                return each.methods[name]
        return None

    def value(self, cls: Class, name: str) -> tuple[Module, ast.expr] | None:
        """What a class or a base of it gives that name."""
        for each in self.lineage(cls):
            if isinstance(each, Class) and name in each.values:
                return each.module, each.values[name]
        return None

    def at(self, file: str, line: int) -> Function | Class | None:
        """What is defined on that line, its decorators included."""
        module = self.by_file.get(file)
        if module is None:
            return None
        found: list[Function | Class] = [each for each in module.top.values() if isinstance(each, Class)]
        for each in [*module.functions, *found]:
            first = min([each.node.lineno, *(decorator.lineno for decorator in each.node.decorator_list)])
            if first <= line <= each.node.lineno:
                return each
        return None
