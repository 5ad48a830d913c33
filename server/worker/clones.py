"""What must not be the same in each fork of the warm process, and what can't be forked at all.

A fork is a copy: a package that draws something once per process, at its import, has drawn it for
all workers. The kinds:

- Seeds of generators. Those that are known here get another seed in each worker
  (:func:`reseed`). ``random``, ``secrets`` and ``uuid`` see to it themselves.
- Whatever else is made at import and meant for one process: connections, the threads of a runtime,
  keys that a package draws into a variable of its own. Packages that are known for it are in
  ``NOT_CLONED``; a project adds others by ``cold`` in its ``[tool.servedeck]``. Where one of them
  is imported, each reload starts a new interpreter.
- What the interpreter itself draws at its start, the seed of hashes: it only means that sets keep
  their order from one reload to the next.

Everything here runs in a worker that was just forked, on its main thread.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any, Optional

__all__ = ["NOT_CLONED", "not_cloned", "reseed"]

NOT_CLONED = (
    "cupy",
    "eventlet",
    "gevent",
    "grpc",
    "jpype",
    "ray",
    "rpy2",
    "tensorflow",
)
"""Top-level names of packages whose import must not be forked: their runtimes document it."""

_GENERATORS: Mapping[str, Callable[[Any], object]] = {
    "random": lambda module: module.seed(),
    "numpy.random": lambda module: module.seed(),
    "faker.generator": lambda module: module.random.seed(),
    "ssl": lambda module: module.RAND_add(os.urandom(32), 32.0),
}
"""Modules with a generator of the whole process, and what gives it another seed."""


def reseed() -> None:
    """Give every known generator that is imported another seed."""
    for name, seed in _GENERATORS.items():
        module = sys.modules.get(name)
        if module is not None:
            with contextlib.suppress(Exception):  # a version that has another form of it
                seed(module)


def not_cloned(more: Collection[str] = ()) -> Optional[str]:
    """A package that is imported and must not be forked, or None.

    :param more: those that the project names, top-level or dotted names
    """
    return next((name for name in (*NOT_CLONED, *more) if name in sys.modules), None)
