"""Views that are classes: :class:`View`, and :class:`MethodView` with a method for each verb.

Thread: the thread that handles the request.
Source: Flask's documentation of "Class-based Views".
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection

from .context import current_app, request
from .typing import ViewFunction

METHOD_NAMES = ("get", "post", "head", "options", "delete", "put", "trace", "patch")


class View:
    """A view with a method :meth:`dispatch_request`; register it by :meth:`as_view`."""

    #: The methods of the rule; GET when None.
    methods: t.ClassVar[Collection[str] | None] = None
    #: Whether the application answers OPTIONS for this view.
    provide_automatic_options: t.ClassVar[bool | None] = None
    #: Applied to the view function, the first one first.
    decorators: t.ClassVar[list[Callable[..., t.Any]]] = []
    #: Make an object for each request; False: one for all of them.
    init_every_request: t.ClassVar[bool] = True

    def dispatch_request(self, **values: t.Any) -> t.Any:
        """Answer the request; gets the values of the URL, returns what a view returns."""
        raise NotImplementedError

    @classmethod
    def as_view(cls, name: str, *class_args: t.Any, **class_kwargs: t.Any) -> ViewFunction:
        """Make the function that ``add_url_rule`` takes as ``view_func``.

        :param name: the endpoint.
        :param class_args, class_kwargs: for the constructor.
        """
        shared = None if cls.init_every_request else cls(*class_args, **class_kwargs)

        def view(**values: t.Any) -> t.Any:
            instance = cls(*class_args, **class_kwargs) if shared is None else shared
            return current_app.ensure_sync(instance.dispatch_request)(**values)

        function: t.Any = view
        function.__name__ = name
        function.__doc__ = cls.__doc__
        function.__module__ = cls.__module__
        for decorator in cls.decorators:
            function = decorator(function)
        function.view_class = cls
        function.methods = cls.methods
        function.provide_automatic_options = cls.provide_automatic_options
        return t.cast(ViewFunction, function)


class MethodView(View):
    """A view that answers GET with its method ``get``, POST with ``post``, and so on."""

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" not in cls.__dict__:
            found = {name.upper() for name in METHOD_NAMES if hasattr(cls, name)}
            if found:
                cls.methods = found

    def dispatch_request(self, **values: t.Any) -> t.Any:
        """Call the method for the verb of the request; HEAD falls back to ``get``."""
        method = getattr(self, request.method.lower(), None)
        if method is None and request.method == "HEAD":
            method = getattr(self, "get", None)
        if method is None:
            raise TypeError(f"{type(self).__name__} has no method {request.method.lower()!r}.")
        return current_app.ensure_sync(method)(**values)
