"""What is lent to a worker that runs in another interpreter: packages of ours, by their files.

Only pure Python that the worker loads under a private name, for apps that speak ASGI; see
``server/app/asgi.py``. Any thread.
"""

from __future__ import annotations

import functools
import importlib.util

__all__ = ["lent_packages"]

_NAMES = ("a2wsgi", "typing_extensions")


@functools.cache
def lent_packages() -> dict[str, str]:
    """The file of each package that is lent, by name; those that aren't there are left out."""
    found = {name: importlib.util.find_spec(name) for name in _NAMES}
    return {name: spec.origin for name, spec in found.items() if spec and spec.origin}
