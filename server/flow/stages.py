"""What the stages of a request's flow are called, and where the functions behind them are written.

A stage is looked up each time it is entered, so everything slow (following decorators to the
user's own function, finding its line) is done once per function and kept. Nothing here keeps a
function alive. Any thread.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import re
import weakref
from types import CodeType, FunctionType, MethodType
from typing import Any, Optional

__all__ = ["Stage", "function_stage", "named_stage", "nested_function"]

_MAX_KEPT = 4096
_MAX_DECORATORS = 50
_DEFINITION = re.compile(r"\s*(?:async\s+def|def|class)\b")
_DECORATOR_LINES = 60  # how far below its first decorator a definition is looked for


class Stage:
    """A stage, compared by identity.

    :ivar name: as it is shown; of a user's function without ``hook`` or ``view``, which depends on
        the step that called it
    :ivar file: of the function, or ""
    :ivar line: of its definition, or 0
    :ivar function: it is a function of the user
    :ivar implicit: its end is not recorded: it ends with the stage around it
    """

    __slots__ = ("file", "function", "implicit", "line", "name")

    def __init__(
        self,
        name: str,
        file: str = "",
        line: int = 0,
        function: bool = False,
        implicit: bool = False,
    ) -> None:
        self.name = name
        self.file = file
        self.line = line
        self.function = function
        self.implicit = implicit

    def __repr__(self) -> str:
        return f"<Stage {self.name}>"


_interned: dict[tuple[Any, ...], Stage] = {}
_functions: dict[int, tuple[Any, Stage, Stage]] = {}


def named_stage(name: str, function: Any = None, implicit: bool = False) -> Stage:
    """A documented step, or a middleware.

    :param function: what carries it out; its place is where that is written
    """
    file, line = _place(_own(function)) if function is not None else ("", 0)
    return _intern(name, file, line, False, implicit)


def function_stage(function: Any, implicit: bool = False) -> Stage:
    """A hook's or view's stage: always the same one for the same function."""
    if type(function) is MethodType:  # made anew each time it is asked for
        function = function.__func__
    known = _functions.get(id(function))
    if known is None or known[0]() is not function:
        known = _remember(function)
    return known[2] if implicit else known[1]


def _remember(function: Any) -> tuple[Any, Stage, Stage]:
    own = _own(function)
    name, (file, line) = full_name(own), _place(own)
    stages = _intern(name, file, line, True, False), _intern(name, file, line, True, True)
    key = id(function)
    try:
        reference = weakref.ref(function, lambda dead: _forget(key, dead))
    except TypeError:
        return (None, *stages)
    _functions[key] = known = (reference, *stages)
    return known


def nested_function(function: Any, name: str) -> Optional[CodeType]:
    """The code of a function that is defined in another one, or None."""
    code = getattr(function, "__code__", None)
    for constant in code.co_consts if isinstance(code, CodeType) else ():
        if isinstance(constant, CodeType) and constant.co_name == name:
            return constant
    return None


def full_name(function: Any) -> str:
    """Module and qualified name; those of its class for an object that is called."""
    named = function if hasattr(function, "__qualname__") else type(function)
    module = getattr(named, "__module__", None)
    name = str(getattr(named, "__qualname__", named))
    return f"{module}.{name}" if module else name


def _forget(key: int, dead: Any) -> None:
    known = _functions.get(key)
    if known is not None and known[0] is dead:
        del _functions[key]


def _intern(name: str, file: str, line: int, function: bool, implicit: bool) -> Stage:
    key = (name, file, line, function, implicit)
    stage = _interned.get(key)
    if stage is None:
        if len(_interned) >= _MAX_KEPT:
            _interned.clear()
        # Two threads may make the same one at once: setdefault lets one of the two win.
        stage = _interned.setdefault(key, Stage(*key))
    return stage


def _own(function: Any) -> Any:
    """The function or class that the user wrote, under decorators and ``as_view``."""
    for _ in range(_MAX_DECORATORS):
        known = getattr(function, "__dict__", {})
        # The class of a view made by as_view(), in Flask and Django and in REST framework.
        view_class = known.get("view_class") or known.get("cls")
        if isinstance(function, FunctionType) and inspect.isclass(view_class):
            return view_class
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, MethodType):
            function = function.__func__
        elif known.get("__wrapped__") is not None:
            function = known["__wrapped__"]
        else:
            break
    return function


def _place(function: Any) -> tuple[str, int]:
    """File and line; ("", 0) where it isn't written in Python."""
    try:
        if isinstance(function, CodeType):
            return function.co_filename, _definition_line(function)
        if inspect.isclass(function):
            return _class_place(function)
        code: Any = getattr(function, "__code__", None)
        if not isinstance(code, CodeType):
            # An object that is called: a middleware of a class, a WSGI app.
            call = inspect.unwrap(type(function).__call__)
            code = getattr(call, "__code__", None)
        if isinstance(code, CodeType):
            return code.co_filename, _definition_line(code)
    except Exception:  # odd objects of the user's; the stage is shown all the same
        pass
    return "", 0


@functools.lru_cache(maxsize=1024)
def _definition_line(code: CodeType) -> int:
    """The line of ``def``; a code object knows that of the first decorator."""
    first = code.co_firstlineno
    lines = linecache.getlines(code.co_filename)
    for number in range(first, min(first + _DECORATOR_LINES, len(lines) + 1)):
        text = lines[number - 1]
        if _DEFINITION.match(text):
            return number
        if number == first and not text.lstrip().startswith("@"):
            break
    return first


def _class_place(cls: type) -> tuple[str, int]:
    file = inspect.getsourcefile(cls)
    return (file, inspect.findsource(cls)[1] + 1) if file else ("", 0)
