"""Templates of Jinja2: what is rendered, and what that includes or extends.

Each way to use a template goes through its ``root_render_func``, an attribute of the object. A
property of the class comes before the attributes of its objects; so one property is in front of all
templates, those that are loaded already as well, and without it they are as they were.

A template that extends another one contains it: the span of the inner one lies in the outer one's.
The function is a generator, and its time is counted from its first part to its last, with what
its reader does in between.

Source: ``jinja2.environment.Template`` of 3.x.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any, Optional

from ...facts.span import TEMPLATE
from ...reporting.scope import current_scope
from ..patches import Patches
from ..spans import OpenSpan, problem, span_of
from ..steps import own_frames
from .calls import hide
from .known import check_has

__all__ = ["AFTER", "install"]

AFTER = "jinja2"

_ATTRIBUTE = "root_render_func"


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    library: Any = module
    check_has(library.Template, "Jinja2", "new_context", "render", "generate")

    def get(template: Any) -> Any:
        try:
            render = vars(template)[_ATTRIBUTE]
        except KeyError:
            raise AttributeError(_ATTRIBUTE) from None
        scope = current_scope.get()
        if scope is None or scope.flow is None:
            return render
        around = _rendered_async if template.environment.is_async else _rendered
        return functools.update_wrapper(functools.partial(around, template, render), render)

    def put(template: Any, value: Any) -> None:
        vars(template)[_ATTRIBUTE] = value

    def delete(template: Any) -> None:
        try:
            del vars(template)[_ATTRIBUTE]
        except KeyError:
            raise AttributeError(_ATTRIBUTE) from None

    patches.attribute(library.Template, _ATTRIBUTE, property(get, put, delete))


def _rendered(template: Any, render: Any, *args: Any, **kwargs: Any) -> Any:
    __traceback_hide__ = True
    span = _started(template)
    try:
        yield from render(*args, **kwargs)
    except BaseException as error:
        _failed(span, error)
        hide(error)
        raise
    if span is not None:
        span.end()


async def _rendered_async(template: Any, render: Any, *args: Any, **kwargs: Any) -> Any:
    __traceback_hide__ = True
    span = _started(template)
    parts = render(*args, **kwargs)
    try:
        async for part in parts:
            yield part
    except BaseException as error:
        _failed(span, error)
        hide(error)
        raise
    finally:
        await parts.aclose()
    if span is not None:
        span.end()


def _started(template: Any) -> Optional[OpenSpan]:
    try:
        span = span_of(TEMPLATE, str(template.name or template.filename or "<template>"))
    except Exception as own:
        problem(own)
        return None
    if span is not None:
        span.start()
    return span


def _failed(span: Optional[OpenSpan], error: BaseException) -> None:
    if span is None:
        return
    if isinstance(error, GeneratorExit):  # nobody wants the rest
        span.end()
    else:
        span.fail(error)


own_frames(globals())
