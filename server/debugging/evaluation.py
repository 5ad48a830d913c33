"""Code that is typed for one frame: run there, with its output, or completed.

The frame's code is over, so its variables can't be changed any more. What is typed runs with a copy
of its names, the local ones before the global ones: objects are the app's own, a name that is
assigned belongs to the console alone, and is there for the next input. One namespace, and not two,
so that functions, classes and comprehensions that are typed see the frame's variables.

This is code that the user types for the app, so it may do anything, for any time; what bounds that
is in ``consoles.py``. On the console's thread.

Source: the documentation of ``codeop`` and ``ast``.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import codeop
import contextlib
import keyword
import linecache
import pprint
import re
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, NamedTuple, Optional

from ..base import limits
from ..base.limits import cut, cut_middle, size_of
from ..reporting.streams import diverted
from ..reporting.tracebacks import message_of, traceback_text

__all__ = ["Evaluation", "FrameConsole", "Output"]

_FLAGS = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
_CONTAINERS = (dict, list, tuple, set, frozenset)
_WIDTH = 96  # characters of a line of a container
_DOTTED = re.compile(r"((?:[^\W\d]\w*\.)*)([^\W\d]\w*)?$")
_THREAD = re.compile(r"\bthread", re.IGNORECASE)
_BOUND = (
    "\nThis object may be used only on the thread that made it, and the console has one of its "
    "own. What is in memory can be read here; for a query, open a connection here.\n"
)
_PROPOSED = 200


class Evaluation(NamedTuple):
    """What became of an input.

    :ivar kind: ``"done"``, ``"failed"``, or ``"incomplete"`` where more lines belong to it
    :ivar text: what it printed, then its value or its traceback
    """

    kind: str
    text: str


class Output:
    """What is printed meanwhile, bounded; :attr:`is_open` until nobody waits for it any more."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._left = limits.CONSOLE_OUTPUT
        self._size = 0
        self.is_open = True

    def take(self, text: str) -> bool:
        """Take in what is printed; False where it goes where it goes otherwise. Any thread."""
        if not self.is_open:
            return False
        size = size_of(text)
        self._size += size
        if self._left > 0:
            self._parts.append(cut(text, max(self._left, 100)) if size > self._left else text)
        self._left -= size
        return True

    def text(self) -> str:
        """What there is."""
        whole = "".join(self._parts)
        if self._left < 0:
            kept = limits.CONSOLE_OUTPUT
            whole += f"\n\u2026 ({kept:,} of {self._size:,} bytes kept)\n"
        return whole


class FrameConsole:
    """The names of one frame, and what is done with them.

    :param frame: one whose code has ended
    """

    def __init__(self, frame: FrameType) -> None:
        self.names: dict[str, Any] = {**frame.f_globals, **frame.f_locals}
        self.names.setdefault("__builtins__", builtins)
        for name in ("exit", "quit"):  # the interpreter's own would close the app's input
            self.names.setdefault(name, _Leave())
        self._flags = frame.f_code.co_flags & _FLAGS
        self._files: list[str] = []

    def close(self) -> None:
        """Drop the names, and the source of what was typed."""
        self.names.clear()
        for file in self._files:
            linecache.cache.pop(file, None)

    def run(self, source: str, output: Output) -> Evaluation:
        """Run an input. Never raises."""
        file = f"<console {len(self._files) + 1}>"
        try:
            with diverted(output.take):
                if self._is_incomplete(source, file):
                    return Evaluation("incomplete", "")
                self._files.append(file)
                lines = source.splitlines(keepends=True)
                linecache.cache[file] = (len(source), None, lines, file)
                shown = self._run(ast.parse(source, file), file)
        except BaseException as error:  # SystemExit and KeyboardInterrupt as well
            text = traceback_text(error)
            hint = _BOUND if _THREAD.search(message_of(error)) else ""
            return Evaluation("failed", output.text() + text + hint)
        return Evaluation("done", output.text() + shown)

    def _is_incomplete(self, source: str, file: str) -> bool:
        """Whether more lines are to come: of an expression, or of a block, which an empty line
        ends."""
        try:
            whole = codeop.compile_command(source.rstrip(" \t"), file, "exec")
        except Exception as error:  # the lines of the compiler's helpers don't concern the user
            raise error.with_traceback(None) from None
        if whole is None:
            return True
        last = source.rpartition("\n")[2]
        return "\n" in source and last[:1].isspace() and bool(last.strip())

    def _run(self, tree: ast.Module, file: str) -> str:
        """Run the statements; the value of a last expression is what is shown."""
        last: Optional[ast.Expression] = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
        if tree.body:
            exec(self._compiled(tree, file, "exec"), self.names)
        if last is None:
            return ""
        value = eval(self._compiled(last, file, "eval"), self.names)
        if value is None:
            return ""
        self.names["_"] = value
        return cut_middle(_shown(value), limits.CONSOLE_VALUE) + "\n"

    def _compiled(self, tree: Any, file: str, mode: str) -> Any:
        return compile(tree, file, mode, self._flags, dont_inherit=True)

    def complete(self, before: str) -> tuple[str, ...]:
        """What the last name of an input may become, each from its beginning.

        :param before: the input as far as the cursor
        """
        path, word = _DOTTED.findall(before)[0]  # both are "" where it doesn't end in a name
        if not path and not word:
            return ()
        found: Iterable[Any] = ()
        with contextlib.suppress(BaseException), diverted(lambda text: True):
            found = self._attributes(path[:-1]) if path else self._names()
        fits = {name for name in found if type(name) is str and name.startswith(word)}
        if not word.startswith("_"):
            fits = {name for name in fits if not name.startswith("_")}
        return tuple(path + name for name in sorted(fits - {word}))[:_PROPOSED]

    def _names(self) -> Iterator[str]:
        yield from self.names
        yield from dir(builtins)
        yield from keyword.kwlist

    def _attributes(self, path: str) -> list[str]:
        first, *rest = path.split(".")
        value = self.names[first] if first in self.names else getattr(builtins, first)
        for name in rest:
            value = getattr(value, name)
        return dir(value)


class _Leave:
    """``exit`` and ``quit`` in a console."""

    def __repr__(self) -> str:
        return "The console ends when its frame is folded, or closed with Esc."

    def __call__(self, *unused: object) -> _Leave:
        return self


def _shown(value: object) -> str:
    """A value as text: containers of the built-in kinds on lines of their own."""
    if type(value) in _CONTAINERS:
        return pprint.pformat(value, width=_WIDTH, sort_dicts=False)
    return repr(value)
