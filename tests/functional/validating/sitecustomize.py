"""Puts ``wsgiref.validate`` around every app that this interpreter serves.

For the functional tests: its folder is on the ``PYTHONPATH`` of what they start. Not a test.
"""

from __future__ import annotations

import sys
import wsgiref.validate
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder
from wsgiref.validate import InputWrapper, validator


def _read(self: InputWrapper, size: int = -1) -> bytes:
    """As PEP 3333 has it; the validator of Python wants a size, which frameworks leave out."""
    data: bytes = self.input.read(size)
    assert type(data) is bytes
    return data


InputWrapper.read = _read  # type: ignore[method-assign]
# Whether an answer has a type is a matter of HTTP, in which httpbin has its own mind.
wsgiref.validate.check_content_type = lambda status, headers: None


class _Finder(MetaPathFinder, Loader):
    """Wraps the servers as soon as they are imported, under whichever name."""

    def find_spec(self, name, path=None, target=None):
        if name.rpartition(".")[2] != "serving" or name.startswith("werkzeug"):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            self._loader = spec.loader
            spec.loader = self
        return spec

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        server = module.BaseWSGIServer
        original = server.__init__

        def init(self, host, port, app, *args, **options):
            original(self, host, port, validator(app), *args, **options)

        server.__init__ = init


sys.meta_path.insert(0, _Finder())
