"""What the top level of a module binds, worked out from its syntax tree; nothing is imported.

A small evaluator follows what matters to find WSGI apps: imports inside the project, assignments,
calls of known frameworks and middleware, and what functions return. Everything else is "unknown",
which is a valid answer everywhere.

How it works. A :class:`Scope` is the names of one module, or of one function in it. ``execute``
goes through statements in order, as Python would, and binds names to values (``app_values``).
There is no control flow: both branches of an ``if`` are followed, and a value from a branch that
may not run never replaces an app. An import is bound as a promise (``Imported``) and looked up at
its first use, so that a project of thousands of files is not read for one name; while a promise is
being looked up its name is unknown, which ends circles. Functions are evaluated once, without
arguments, when a call of theirs matters. Modules, and where they lie, are ``app_modules``' work.

Thread: any; a scope belongs to the one thread that made its modules. Used by ``discovery``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from server.app.spec import APP_NAMES, FACTORY_NAMES
from server.base.values import dataclass

from .app_values import App, Class, Function, Imported, ModuleValue, NoApp, Outside, Value
from .frameworks import BY_KIND, WRAPPERS, is_other, kind_made_by, kind_of_method
from .syntax import is_main_guard, parse, runs_never, takes_scope

if TYPE_CHECKING:
    from .app_modules import Modules

__all__ = ["Scope"]

# A function under one of these decorators is something else than an app or a factory.
_NO_APP_DECORATORS = frozenset(
    {"command", "contextmanager", "delete", "fixture", "get", "group", "post", "put", "route"}
)
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))  # except* came with Python 3.11


@dataclass(eq=False)
class Scope:
    """The names of a module, or of one function in it; ``None`` as a value means: unknown."""

    modules: Modules
    file: Path
    parent: Scope | None = None
    names: dict[str, Value | Imported] = field(default_factory=dict)
    imported_from: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    returned: list[Value] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    settings: str = ""
    made: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Names that are bound to what an unknown call gives: the name of what is called, where that is
    from outside, else "", and the line."""
    script_apps: list[App] = field(default_factory=list)
    """Apps that are made only where the module runs as a script."""
    script_made: list[tuple[str, str, int]] = field(default_factory=list)
    """The same of what may be one: its name, what of another package makes it, and the line."""

    def __post_init__(self) -> None:
        self.modules.all_scopes.append(self)

    def bind(self, name: str, value: Value | Imported, sure: bool, imported_from: str = "") -> None:
        """Give a name a value; in a branch that may not run, an app isn't lost for no app."""
        if not sure and isinstance(self.get(name), App):
            value = self._resolve(value)
            if not isinstance(value, App):
                return
        self.names[name] = value
        self.imported_from.pop(name, None)
        if imported_from:
            self.imported_from[name] = imported_from

    def get(self, name: str) -> Value:
        """What a name stands for in this very scope; unknown where it isn't bound."""
        value = self.names.get(name)
        if isinstance(value, Imported):
            self.names[name] = None  # the answer for a name that is imported in a circle
            value = self.names[name] = self._resolve(value)
        return value

    def _resolve(self, value: Value | Imported) -> Value:
        if not isinstance(value, Imported):
            return value
        source = self.modules.module(self.file, value.module, value.level)
        return self.modules.member(source, value.member) if value.member else source

    def lookup(self, name: str) -> Value:
        """What a name stands for here."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.get(name)
            for module in scope.stars:
                if kind_made_by(f"{module}.{name}") or name in WRAPPERS:
                    return Outside(f"{module}.{name}")
            scope = scope.parent
        return None

    # Statements: what they bind.

    def execute(self, body: Iterable[ast.stmt], sure: bool = True) -> None:
        """Follow statements in order. ``sure``: whether they run whenever the scope does."""
        for statement in body:
            self._statement(statement, sure)

    def _statement(self, node: ast.stmt, sure: bool) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node, sure)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, sure)
            case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                self._assign(target, value, sure, annotation)
            case ast.FunctionDef(name=name):
                self.bind(name, self._defined(node), sure)
            case ast.AsyncFunctionDef(name=name, args=args):
                app = self._app("asgi", node) if takes_scope(args) else NoApp()
                self.bind(name, app, sure)
            case ast.ClassDef(name=name):
                self.bind(name, Class(node, self), sure)
            case ast.Return(value=value):
                if value is not None:
                    self.returned.append(self.evaluate(value))
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name) and sure:
                        self.names.pop(target.id, None)
            case ast.Expr(value=value):
                self._expression(value)
            case ast.If(test=test, body=body, orelse=orelse):
                if is_main_guard(test):
                    self._script(body)
                elif not runs_never(test):
                    self.execute(body, sure=False)
                self.execute(orelse, sure=False)
            case ast.With(items=items, body=body):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        self.bind(item.optional_vars.id, None, sure)
                self.execute(body, sure)
            case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
                self.execute(body, sure=False)
                self.execute(orelse, sure=False)
            case ast.Match(cases=cases):
                for match_case in cases:
                    self.execute(match_case.body, sure=False)
            case _ if isinstance(node, _TRY):
                self.execute(node.body, sure)
                for handler in node.handlers:
                    self.execute(handler.body, sure=False)
                self.execute(node.orelse, sure=False)
                self.execute(node.finalbody, sure)

    def _script(self, body: list[ast.stmt]) -> None:
        """Look at what runs only as a script: apps that are made there can't be imported."""
        if self.parent is not None:
            return
        inner = Scope(self.modules, self.file, self)
        inner.execute(body)
        for statement in body:
            match statement:
                case ast.Expr(ast.Call(func=ast.Name(id=name))):
                    function = self.get(name)
                    if isinstance(function, Function) and isinstance(
                        function.node, ast.FunctionDef
                    ):
                        inner.execute(function.node.body)
        found = [inner.get(name) for name in inner.names]
        self.script_apps = [value for value in found if isinstance(value, App)]
        if not self.script_apps:
            made = [(name, *inner.made[name]) for name in APP_NAMES if name in inner.made]
            self.script_made = [one for one in made if one[1]]

    def _expression(self, node: ast.expr) -> None:
        """Notice ``os.environ.setdefault("DJANGO_SETTINGS_MODULE", …)`` and ``yield``."""
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"),
                args=[ast.Constant("DJANGO_SETTINGS_MODULE"), ast.Constant(str() as settings)],
            ):
                self.settings = settings
            case ast.Yield() | ast.YieldFrom():
                self.returned.append(NoApp())

    def _assign(
        self, target: ast.expr, value: ast.expr, sure: bool, annotation: ast.expr | None = None
    ) -> None:
        match target:
            case ast.Name(id=name):
                result = self.evaluate(value, name)
                if annotation is not None and not isinstance(result, App):
                    result = self.instance_of(annotation) or result
                self.bind(name, result, sure)
                self.made.pop(name, None)
                if isinstance(value, ast.Call) and (result is None or isinstance(result, Outside)):
                    maker = self.evaluate(value.func)
                    if not (isinstance(maker, Class) and self.modules.is_closed(maker)):
                        outside = maker.name if isinstance(maker, Outside) else ""
                        self.made[name] = outside, value.lineno
            case ast.Subscript(
                slice=ast.Constant("DJANGO_SETTINGS_MODULE"),
            ) if isinstance(value, ast.Constant) and isinstance(value.value, str):
                self.settings = value.value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts: list[ast.expr | None] = [None] * len(targets)
                if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(targets):
                    parts = list(value.elts)
                for one, part in zip(targets, parts, strict=True):
                    if part is not None:
                        self._assign(one, part, sure)
                    elif isinstance(one, ast.Name):
                        self.bind(one.id, None, sure)

    def _defined(self, node: ast.FunctionDef) -> Value:
        for decorator in node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(target, ast.Attribute) and target.attr == "application":
                return self._app("wsgi", node)  # Werkzeug's @Request.application
            name = getattr(target, "attr", getattr(target, "id", ""))
            if name in _NO_APP_DECORATORS:
                return NoApp()
        return Function(node, self)

    def _import(self, node: ast.Import | ast.ImportFrom, sure: bool) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.imports.add(alias.name)
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                self.bind(alias.asname or name, Imported(name, 0, ""), sure, alias.name)
            return
        module = node.module or ""
        written = "." * node.level + module
        self.imports.add(written)
        for alias in node.names:
            if alias.name != "*":
                imported = Imported(module, node.level, alias.name)
                self.bind(alias.asname or alias.name, imported, sure, written)
                continue
            source = self.modules.module(self.file, module, node.level)
            if isinstance(source, Outside):
                self.stars.append(source.name)
            elif isinstance(source, ModuleValue) and source.file is not None:
                other = self.modules.scope(source.file)
                for name in list(other.names):
                    if not name.startswith("_"):
                        self.bind(name, other.get(name), sure, written)

    # Expressions: what they give.

    def evaluate(self, node: ast.expr, target: str = "") -> Value:
        """What an expression gives, as far as that can be known.

        :param target: the name that it is assigned to; ``app = Anything(app)`` wraps an app,
            ``db = Anything(app)`` doesn't
        """
        match node:
            case ast.Name(id=name):
                return self.lookup(name)
            case ast.Attribute(value=value, attr=attr):
                return self.modules.member(self.evaluate(value), attr)
            case ast.Call():
                return self._call(node, target)
            case ast.Lambda():
                return Function(node, self)
            case ast.IfExp(body=body, orelse=orelse):
                return _best(self.evaluate(part, target) for part in (body, orelse))
            case ast.BoolOp(values=values):
                return _best(self.evaluate(part, target) for part in values)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                result = self.evaluate(value, name)
                self.bind(name, result, sure=True)
                return result
            case ast.Subscript() | ast.Await():
                return None
        return NoApp()  # a number, a text, a list, a sum, …

    def _call(self, node: ast.Call, target: str) -> Value:
        function = self.evaluate(node.func)
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        result: Value = None
        if isinstance(function, Outside) and kind_made_by(function.name):
            return self._app(kind_made_by(function.name), node)
        if isinstance(function, Outside) and is_other(function.name):
            wrapped = self._wrapped(node, name, target) if target in APP_NAMES else None
            is_asgi = isinstance(wrapped, App) and BY_KIND[wrapped.kind].is_asgi
            return wrapped if is_asgi else NoApp()
        if isinstance(node.func, ast.Attribute):
            kind = kind_of_method(name, self._all_imports())
            if kind:
                return self._app(kind, node)
        if isinstance(function, Class):
            kind = self.modules.class_kind(function)
            result = self._app(kind, node) if kind else None
            if (
                kind in ("wsgi", "asgi") and target in APP_NAMES
            ):  # the project's own middleware, perhaps
                result = self._wrapped(node, name, target) or result
        elif isinstance(function, Function):
            result = self.modules.result(function)
            if isinstance(result, App):
                result = replace(result, origin=(self.file, node.lineno, node.col_offset))
        if result is None and (name in WRAPPERS or target in APP_NAMES):
            result = self._wrapped(node, name, target)
        if result is None and name in FACTORY_NAMES:
            result = self._app("wsgi", node)
        return result

    def _all_imports(self) -> set[str]:
        """What is imported where this scope can see it."""
        outer = self.parent._all_imports() if self.parent is not None else set()
        return outer | self.imports

    def _wrapped(self, node: ast.Call, wrapper: str, target: str) -> Value:
        """What ``wrapper(app)`` gives, where ``wrapper`` is middleware or renews its argument."""
        keywords = [k.value for k in node.keywords if k.arg in ("app", "application", "wsgi_app")]
        for argument in [*node.args[:2], *keywords]:
            value = self.modules.as_app(self.evaluate(argument))
            same = isinstance(argument, ast.Name) and argument.id in (*APP_NAMES, target)
            if isinstance(value, NoApp) and same:
                return value
            if isinstance(value, App) and (wrapper in WRAPPERS or same):
                origin = (self.file, node.lineno, node.col_offset)
                return replace(value, origin=origin, wrapper=wrapper)
        return self._app("wsgi", node) if wrapper in WRAPPERS else None

    def instance_of(self, annotation: ast.expr) -> Value:
        """The app that a type annotation promises, if it does."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            tree = parse(annotation.value.encode())
            if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
                return None
            annotation = tree.body[0].value
        if not isinstance(annotation, (ast.Name, ast.Attribute)):
            return None
        value = self.evaluate(annotation)
        kind = ""
        if isinstance(value, Outside):
            if is_other(value.name):
                return NoApp()
            kind = kind_made_by(value.name)
        elif isinstance(value, Class):
            kind = self.modules.class_kind(value)
        return self._app(kind, annotation) if kind else None

    def _app(self, kind: str, node: ast.expr | ast.stmt) -> App:
        return App(kind, (self.file, node.lineno, node.col_offset))


def _best(values: Iterable[Value]) -> Value:
    """The app among the values of several branches; else what is unknown; else no app."""
    found = list(values)
    for value in found:
        if isinstance(value, (App, Function, Class)):
            return value
    return None if None in found else found[0]
