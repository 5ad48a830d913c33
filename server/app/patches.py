"""Keeps the standard library of a launcher's own process as it is while an app is imported in it.

gevent and eventlet put their own in place of ``threading``'s, ``socket``'s and ``select``'s parts
when an app asks for that at the top of its module, and so do others with a single function. In a
process that is the app's alone that is its own affair. In one where a window runs it would replace
what the window's threads wait on at that moment; nothing could undo that. So there an import must
not come to it: while it runs, the modules of :data:`_KEPT` are of a class that refuses to have a
function or a class of theirs replaced, on the importing thread, by an exception that ends the
import. Who goes around that, through a module's ``__dict__``, is found afterwards, and undone. In
either case the import counts as failed, whatever it has made of the exception: the app needs a
process of its own.

While the app is served, its requests and its threads must not do so either, as an app that calls
``monkey.patch_all()`` in a view does. There it is the code itself that gets an exception: any but
the main thread, which is the launcher's own, is refused as long as :func:`library_guarded` lasts.

What is new in such a module, or what is made to be set (``threading.excepthook``), is nobody's
concern. Runs on the session's thread.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from ..base import native
from ..errors import AppLoadError

__all__ = ["library_guarded", "library_kept"]

_KEPT = (
    "_queue", "_socket", "_thread", "os", "queue", "select", "selectors", "signal", "socket", "ssl",
    "subprocess", "threading", "time",
)  # fmt: skip
_TO_BE_SET = frozenset({"excepthook"})


class _Refused(BaseException):
    """Ends the import. No ``Exception``, since such an import is often in a ``try``."""


class _Keeper:
    """Refuses changes on one thread, and remembers the first.

    :ivar replaced: what was to be replaced, with its module, or ""
    """

    def __init__(self) -> None:
        self.replaced = ""
        self._thread = native.get_ident()
        self._before = [(module, dict(vars(module))) for module in _modules()]
        _keepers[self._thread] = self
        _set_class()

    def check(self, module: ModuleType, name: str, value: object) -> None:
        """Refuse an assignment that replaces what others rely on.

        :raises _Refused: it does
        """
        if _is_relied_on(name, vars(module).get(name), value):
            self.replaced = self.replaced or f"{module.__name__}.{name}"
            raise _Refused

    def end(self) -> None:
        """Have the modules as they were."""
        del _keepers[self._thread]
        _set_class()
        for module, before in self._before:
            now = vars(module)
            for name, old in before.items():
                if _is_relied_on(name, old, now.get(name)):
                    self.replaced = self.replaced or f"{module.__name__}.{name}"
                    now[name] = old


_keepers: dict[int, _Keeper] = {}
"""By the thread that imports. As there is one of each module in a process, there is one of these;
mostly it is empty."""

_guards: list[object] = []
"""One for each session that is served; the same holds."""


def _modules() -> list[ModuleType]:
    found = (sys.modules.get(name) for name in _KEPT)
    return [module for module in found if module and type(module) in (ModuleType, _Kept)]


def _set_class() -> None:
    """Have the modules refuse, or not. An import that hangs, and was left behind, keeps them so."""
    wanted = _Kept if _keepers or _guards else ModuleType
    for module in _modules():
        module.__class__ = wanted


class _Kept(ModuleType):
    """The class of a module of the standard library while something is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        keeper = _keepers.get(native.get_ident())
        if keeper is not None:
            keeper.check(self, name, value)
        elif _guards and native.get_ident() != threading.main_thread().ident:
            _refuse(self, name, value)
        super().__setattr__(name, value)


def _is_relied_on(name: str, old: object, new: object) -> bool:
    return callable(old) and old is not new and name not in _TO_BE_SET


def _refuse(module: ModuleType, name: str, value: object) -> None:
    if _is_relied_on(name, vars(module).get(name), value):
        raise RuntimeError(
            f"The app replaces {module.__name__}.{name}, on which ServeDeck's own process relies, "
            "too: choose Separate process (--run-in process)."
        )


@contextmanager
def library_guarded() -> Iterator[None]:
    """An app is served in this block, in a process that isn't its own.

    On any thread but the main one, a replacement raises a RuntimeError where it is made.
    """
    guard = object()
    _guards.append(guard)
    _set_class()
    try:
        yield
    finally:
        _guards.remove(guard)
        _set_class()


@contextmanager
def library_kept() -> Iterator[None]:
    """An app is imported in this block, in a process that isn't its own.

    :raises AppLoadError: of the kind ``patches``, in place of any other error of the import: it
        replaces parts of the standard library
    """
    keeper = _Keeper()
    try:
        yield
    except BaseException:
        keeper.end()
        _complain(keeper)
        raise
    keeper.end()
    _complain(keeper)


def _complain(keeper: _Keeper) -> None:
    if keeper.replaced:
        error = AppLoadError(
            "patches",
            f"The app can't run in ServeDeck's own process: it replaces {keeper.replaced} while it "
            "is imported, as gevent and eventlet do. Choose Separate process (--run-in process).",
        )
        error.replaced = keeper.replaced
        raise error from None
