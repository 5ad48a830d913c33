"""What the project's modules say in their syntax: imports, names, calls, docstrings.

Each file is parsed and walked once in a test run, and only what is asked for is kept: the trees of
all of them are slow to make, slower to walk again, and slow to throw away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
# Where nodes of a kind have the name that they give, and what shows that it isn't only read.
_DEFINING = {
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.arg: "arg",
    ast.Name: "id",
    ast.Attribute: "attr",
}
_GIVES = {type(None), ast.Store}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LEAVES = {ast.Load, ast.Store, ast.Del, ast.Constant}


class Import(NamedTuple):
    """One ``import`` or ``from … import`` statement."""

    module: str
    """The dotted name behind ``import`` or ``from``, absolute even where it is relative."""
    names: tuple[str, ...] | None
    """What ``from`` takes out of the module; None for a plain ``import``."""
    level: int
    """How many dots stand in front of it."""
    in_function: bool
    for_types: bool
    """It stands below ``if TYPE_CHECKING``."""

    @property
    def dotted(self) -> tuple[str, ...]:
        """The absolute names it may refer to: the module, and each name within it."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names or ()))


class Source(NamedTuple):
    """One module."""

    file: Path
    text: str
    docstring: str | None
    imports: tuple[Import, ...]
    calls: frozenset[str]
    """The last name of what is called: ``Thread`` for ``threading.Thread()``."""
    defined: frozenset[str]
    """Names that it gives: to functions, classes, parameters, variables, attributes."""
    undocumented: tuple[str, ...]
    """Its public classes, functions and methods without a docstring, but for methods of a class
    with bases, which may have theirs there, and those of a name that Qt has given."""

    @property
    def path(self) -> str:
        """Where it is, from the project's folder."""
        return self.file.relative_to(ROOT).as_posix()

    def imported(self, *, top_level_only: bool = False) -> set[str]:
        """The absolute dotted names of what it imports."""
        return {
            name
            for found in self.imports
            if not (top_level_only and found.in_function)
            for name in found.dotted
        }

    def tops(self, *, top_level_only: bool = False) -> set[str]:
        """The first parts of what it imports."""
        names = self.imported(top_level_only=top_level_only)
        return {name.partition(".")[0] for name in names}


@cache
def python_files(package: str) -> tuple[Path, ...]:
    """The modules of a package, or of one of its folders."""
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, f"{package} has no modules"
    return tuple(files)


@cache
def sources(package: str) -> tuple[Source, ...]:
    """The same, read."""
    return tuple(source(file) for file in python_files(package))


@cache
def source(file: Path) -> Source:
    """One module, read once."""
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    reading = _Reading(file.relative_to(ROOT).parent.parts)
    reading.read(tree)
    return Source(
        file,
        text,
        ast.get_docstring(tree),
        tuple(reading.imports),
        frozenset(reading.calls),
        frozenset(reading.defined),
        tuple(_undocumented(tree)),
    )


def _undocumented(node: ast.Module | ast.ClassDef, path: str = "") -> Iterator[str]:
    for found in node.body:
        if isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
            marks = {_name_of(mark) for mark in found.decorator_list}
            is_public = found.name.islower() and not marks & {"setter", "overload"}  # or Qt's name
        else:
            is_public = isinstance(found, ast.ClassDef)
        if not is_public or found.name.startswith("_"):
            continue
        if ast.get_docstring(found) is None:
            yield path + found.name
        if isinstance(found, ast.ClassDef) and not found.bases:
            yield from _undocumented(found, f"{path}{found.name}.")


class _Reading:
    """One walk through a tree, which knows where it is: in a function, among what is for types."""

    def __init__(self, package: tuple[str, ...]) -> None:
        self.package = package
        self.imports: list[Import] = []
        self.calls: set[str] = set()
        self.defined: set[str] = set()

    def read(self, tree: ast.AST) -> None:
        pending: list[tuple[Any, bool, bool]] = [(tree, False, False)]
        while pending:
            node, in_function, for_types = pending.pop()
            kind = type(node)
            if kind in _FUNCTIONS:
                in_function = True
            elif kind is ast.If:
                for_types = for_types or _name_of(node.test) == "TYPE_CHECKING"
            elif kind is ast.Import or kind is ast.ImportFrom:
                self._add_import(node, in_function, for_types)
            elif kind is ast.Call:
                self.calls.add(_name_of(node.func))
            if kind in _DEFINING and type(getattr(node, "ctx", None)) in _GIVES:
                self.defined.add(getattr(node, _DEFINING[kind]))
            for value in vars(node).values():
                if type(value) is list:
                    pending += [
                        (child, in_function, for_types)
                        for child in value
                        if isinstance(child, ast.AST)
                    ]
                elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
                    pending.append((value, in_function, for_types))

    def _add_import(
        self, node: ast.Import | ast.ImportFrom, in_function: bool, for_types: bool
    ) -> None:
        if isinstance(node, ast.Import):
            self.imports += [
                Import(alias.name, None, 0, in_function, for_types) for alias in node.names
            ]
            return
        base = self.package[: len(self.package) - node.level + 1] if node.level else ()
        module = ".".join([*base, *filter(None, [node.module])])
        names = tuple(alias.name for alias in node.names)
        self.imports.append(Import(module, names, node.level, in_function, for_types))


def _name_of(node: ast.expr) -> str:
    """``c`` of ``c`` and of ``a.b.c``; empty for what isn't a name."""
    return getattr(node, "attr", getattr(node, "id", ""))
