"""What a name in a module may stand for, as far as reading the module shows. Pure; any thread."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from server.base.values import dataclass

if TYPE_CHECKING:
    from .app_syntax import Scope

__all__ = ["App", "Class", "Function", "Imported", "ModuleValue", "NoApp", "Outside", "Value"]


@dataclass(frozen=True)
class App:
    """A WSGI app. Two names of one app have the same ``origin``, two apps do not."""

    kind: str
    origin: tuple[Path, int, int]
    wrapper: str = ""


@dataclass(frozen=True)
class Outside:
    """Something from outside of the project, by its dotted name."""

    name: str


@dataclass(frozen=True)
class ModuleValue:
    """A module or package of the project: its file, and the folder of its submodules."""

    file: Path | None
    folder: Path | None


@dataclass(frozen=True)
class Function:
    """A function of the project, and the scope in which it was defined."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope


@dataclass(frozen=True)
class Class:
    """A class of the project, and the scope in which it was defined."""

    node: ast.ClassDef
    scope: Scope


@dataclass(frozen=True)
class NoApp:
    """Something that is certainly no WSGI app."""


@dataclass(frozen=True)
class Imported:
    """What an import bound; looked up when it matters, so that few modules need be read."""

    module: str
    level: int
    member: str


Value: TypeAlias = "App | Outside | ModuleValue | Function | Class | NoApp | None"
