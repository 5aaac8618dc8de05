"""Python without the literals that its grammar says are secrets: by the syntax tree, whatever stands between.

The value that stands on another line, behind a variable, beside the name in a tuple or a comparison, or in a call that
takes a secret; and where the literals of a module begin and end.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from itertools import accumulate

from asgi_vs_wsgi.scenarios.secret_values import SENT_SECRET_NAME


def string_pattern(quote: str) -> str:
    """A literal of Python's; the three quotes before the one. Group `quote` is how it begins."""
    return (
        rf"[rbuf]{{0,2}}(?P<{quote}>\"\"\"|'''|\"|')"
        rf"(?:(?<=\"\"\")(?:[^\\]|\\.)*?|(?<=''')(?:[^\\]|\\.)*?|(?:[^\\\n]|\\.)*?)(?P={quote})"
    )


STRING = re.compile(string_pattern("quote"), re.IGNORECASE | re.DOTALL)
_OPENING = re.compile(r"""[rbuft]{0,2}(?P<quote>\"{3}|'{3}|["'])""", re.IGNORECASE)


def emptied(literal: str) -> str:
    """`***` in a literal's place, with as many lines: those of a literal with one quote end in a backslash."""
    opening = _OPENING.match(literal)
    assert opening, "it is a literal"
    quote, line = opening["quote"], "\n" if len(opening["quote"]) == len('"""') else "\\\n"
    begin, end = opening.end(), len(literal) - len(quote)
    return f"{literal[:begin]}{'***' if end > begin else ''}{line * literal.count(line)}{quote}"


class PythonLiterals:
    """Where those of a module end, so that no quote which ends one is taken for one that begins another.

    Nothing is known of prose, nor of what is no Python: there an apostrophe is no quote, and any may begin one.
    """

    def __init__(self, code: str | None) -> None:
        self._code = code or ""
        self._begin: set[int] = set()
        self._ends: list[tuple[int, int]] = []
        """The closing quote of each: where it begins and ends."""
        self.outermost: list[tuple[int, int]] = []
        """Where those begin and end that are in no field of another."""
        tokens = [] if code is None else python_tokens(code)
        self.known = bool(tokens)
        line_at = [*accumulate(map(len, io.StringIO(self._code)), initial=0)]
        open_: list[int] = []
        for token in tokens:
            kind = tokenize.tok_name[token.type]  # of f-strings from Python 3.12 on, of t-strings from 3.14
            if kind in ("STRING", "FSTRING_START", "TSTRING_START"):
                open_.append(line_at[token.start[0] - 1] + token.start[1])
                self._begin.add(open_[-1])
            if kind in ("STRING", "FSTRING_END", "TSTRING_END"):
                end = line_at[token.end[0] - 1] + token.end[1]
                begin = open_.pop()
                if not open_:
                    self.outermost.append((begin, end))
                self._ends.append((end - (3 if token.string.endswith(('"""', "'''")) else 1), end))

    def end_across(self, at: int) -> int:
        """Where what looks like a literal at `at` reaches past the end of one that has begun before: that end, or 0."""
        literal = STRING.match(self._code, at)
        if literal is None or at in self._begin:
            return 0
        after = bisect_left(self._ends, (literal.start("quote"), 0))
        if after == len(self._ends) or self._ends[after][0] >= literal.end() - len(literal["quote"]):
            return 0
        return self._ends[after][1]


def python_tokens(code: str) -> list[tokenize.TokenInfo]:
    """Of a module; empty where it is no Python of this version."""
    try:
        return [*tokenize.generate_tokens(io.StringIO(code).readline)] if _tree(code) else []
    except (SyntaxError, tokenize.TokenError):
        return []


def _tree(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape in a text: not ours to judge
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


# ---- what the grammar says

_TAKES_SECRETS = re.compile(
    r"passw|passphrase|secret|credential|basic_?auth|api_?key|^(?:login|authenticate|create_(?:super)?user|Fernet)$",
    re.IGNORECASE,
)
"""The name of a function that is called with one."""
_KEY_OF = {"jwt": 1, "hmac": 0}
"""Modules whose functions take a key, and which argument it is."""
_PLAINLY = re.compile(
    "PASSW|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|AUTHORIZATION|(?:API|PRIVATE|ACCESS)_?KEY", re.IGNORECASE
)
"""Names that make a secret of the variable which is given to them, too: not each `cache_key`."""
MOST_BEHIND = 8
"""Variables behind one another that are followed against the order in which they stand."""
_SETTING = ("environ", "getenv", "env", "config")
"""Asked with the name of a setting and no value."""


def without_meant_literals(code: str) -> str:
    """A module in which the literals that are a secret's value are `***`; as it was where it is no Python."""
    tree = _tree(code)
    if tree is None or re.search(r"\r(?!\n)|\f", code):  # where a line ends is another matter there
        return code
    meant = _Meant()
    for _ in range(MOST_BEHIND):
        try:
            meant.visit(tree)
        except RecursionError:
            return code
        if not meant.more:
            break
        meant.more = False
    lines = [*io.StringIO(code)]
    line_at = [*accumulate(map(len, lines), initial=0)]

    def place(line: int, column: int) -> int:
        return line_at[line - 1] + len(lines[line - 1].encode()[:column].decode())

    spans = [(place(n.lineno, n.col_offset), place(n.end_lineno or 1, n.end_col_offset or 0)) for n in meant.literals]
    spans.sort()
    parts, at = [], 0
    for begin, end in PythonLiterals(code).outermost:
        around = bisect_right(spans, (begin, len(code))) - 1
        if around >= 0 and end <= spans[around][1]:
            parts += [code[at:begin], emptied(code[begin:end])]
            at = end
    return "".join([*parts, code[at:]])


class _Meant(ast.NodeVisitor):
    """Finds the literals that are a secret's value; to be asked again where it has come to know of `more` variables."""

    def __init__(self) -> None:
        self.literals: set[ast.Constant | ast.JoinedStr] = set()
        self.more = False
        self._variables: set[str] = set()

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._given(target, node.value)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._given(node.target, node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._given(node.target, node.value)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._given(node.target, node.value)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        self._given(ast.Name(node.arg or ""), node.value)
        self.generic_visit(node)

    def visit_arguments(self, node: ast.arguments) -> None:
        places = [*node.posonlyargs, *node.args]
        defaults: list[ast.expr | None] = [None] * (len(places) - len(node.defaults))
        for each, value in zip(places + node.kwonlyargs, [*defaults, *node.defaults, *node.kw_defaults], strict=True):
            self._given(ast.Name(each.arg), value)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            self._given(key, value)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        if any(isinstance(each, ast.Eq | ast.NotEq) for each in node.ops) and any(map(self._named, sides)):
            for side in sides:
                if not self._named(side):
                    self._mean(side, plainly=False)
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        if self._named(node.subject):
            for case in node.cases:
                for each in ast.walk(case.pattern):
                    if isinstance(each, ast.MatchValue):
                        self._mean(each.value, plainly=False)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name, first = _last_name(node.func), node.func
        while isinstance(first, ast.Attribute):
            first = first.value
        key = _KEY_OF.get(_last_name(first)) if first is not node.func else None
        for place, each in enumerate(node.args):
            if key == place or _TAKES_SECRETS.search(name):
                self._mean(each, plainly=True)
        self.generic_visit(node)

    def _given(self, target: ast.expr | None, value: ast.expr | None) -> None:
        if target is None or value is None:
            return
        if isinstance(target, ast.Tuple | ast.List):
            values = value.elts if isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
            if len(values) != len(target.elts):
                values = [value] * len(target.elts)
            for each, part in zip(target.elts, values, strict=True):
                self._given(each, part)
        elif self._named(target):
            name = _last_name(target)
            self._mean(value, plainly=name in self._variables or bool(_PLAINLY.search(name)))

    def _named(self, node: ast.expr) -> bool:
        name = _last_name(node)
        known = isinstance(node, ast.Name) and name in self._variables
        return known or bool(SENT_SECRET_NAME.search(name))

    def _mean(self, value: ast.expr, *, plainly: bool) -> None:
        """The literals of a value; and, where it is `plainly` a secret, the variables that it is made of."""
        match value:
            case ast.Constant(value=str() | bytes()) | ast.JoinedStr():
                self.literals.add(value)
            case ast.Name() if plainly and value.id not in self._variables:
                self._variables.add(value.id)
                self.more = True
            case ast.Call():
                words = [*value.args[_last_name(value.func) in _SETTING :], *(each.value for each in value.keywords)]
                words += [value.func.value] if isinstance(value.func, ast.Attribute) else []
                for each in words:
                    self._mean(each, plainly=False)
            case ast.BoolOp(values=parts) | ast.Dict(values=parts):
                for each in parts:
                    self._mean(each, plainly=plainly)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                for each in parts:
                    self._mean(each, plainly=plainly)
            case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
                self._mean(one, plainly=plainly)
                self._mean(other, plainly=plainly)
            case ast.Await(value=inner) | ast.Starred(value=inner) | ast.NamedExpr(value=inner):
                self._mean(inner, plainly=plainly)


def _last_name(node: ast.expr | None) -> str:
    """`c` of `a.b.c`, `key` of `a["key"]` and of `a.get("key")`, and a key that is a literal; "" of others."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str() as name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=str() as name), *_]):
            return name
    return ""
