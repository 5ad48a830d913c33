"""Names for the types that views, hooks and error handlers may have.

Thread: none; the module holds types only.  Imported by every other module of the package.
Source: the parameter and return values that Flask's documentation names.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.datastructures import Headers
    from werkzeug.wrappers import Response as BaseResponse

ResponseValue: t.TypeAlias = (
    "BaseResponse | str | bytes | bytearray | list[t.Any] | Mapping[str, t.Any]"
    " | Iterator[str] | Iterator[bytes] | WSGIApplication"
)
HeadersValue: t.TypeAlias = (
    "Headers | Mapping[str, str | list[str] | tuple[str, ...]] | Sequence[tuple[str, str]]"
)
ResponseReturnValue: t.TypeAlias = (
    "ResponseValue | tuple[ResponseValue, HeadersValue] | tuple[ResponseValue, int | str]"
    " | tuple[ResponseValue, int | str, HeadersValue]"
)

#: Any function that the user registers; the decorators hand it back unchanged.
F = t.TypeVar("F", bound=Callable[..., t.Any])

ViewFunction = Callable[..., t.Any]
BeforeRequest = Callable[[], t.Any]
AfterRequest = Callable[[t.Any], t.Any]
Teardown = Callable[[BaseException | None], t.Any]
ErrorHandler = Callable[[t.Any], t.Any]
TemplateContextProcessor = Callable[[], dict[str, t.Any]]
UrlValuePreprocessor = Callable[[str | None, dict[str, t.Any] | None], None]
UrlDefaults = Callable[[str, dict[str, t.Any]], None]

#: Name of a blueprint, or None for "the whole application".
Scope: t.TypeAlias = str | None
#: scope -> status code (or None) -> exception class -> handler
ErrorHandlerSpec = dict[Scope, dict[int | None, dict[type[BaseException], ErrorHandler]]]
