"""Requests as files for other programs: HAR, JSON Lines, a script of curl. No Qt; any thread.

Unless they are asked for, secrets are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from server import __version__
from server.base.values import dataclass
from server.events import Body, RequestFinished

from .bodies.reading import content_of
from .copies import BaseOf, as_curl, copy_of
from .har import har_parts
from .logs.span_labels import masked_spans
from .secrets import mask_headers, mask_query

__all__ = ["FORMS", "Form", "masked"]

Write = Callable[[Iterable[RequestFinished], BaseOf, bool], Iterator[str]]
"""Takes requests, the address of each and whether secrets are left in; yields the file's text."""


@dataclass(frozen=True)
class Form:
    """A form of files.

    :param name: as a menu has it
    :param suffix: of such files
    """

    name: str
    suffix: str
    write: Write


def masked(done: RequestFinished) -> RequestFinished:
    """The same request without its secrets; a coded body that has some is written plain."""
    copy = copy_of(done)
    headers = mask_headers(done.response_headers)
    content = content_of(done.response_body, done.response_headers)
    answer = done.response_body
    if content.masked and content.text is not None:
        answer = Body(answer.size, content.text.encode("utf-8", "surrogateescape"))
        headers = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    return done.replace(
        target=copy.target,
        query=mask_query(done.query),
        request_headers=mask_headers(done.request_headers),
        response_headers=headers,
        request_body=Body(done.request_body.size, copy.body),
        response_body=answer,
        spans=masked_spans(done.spans),
    )


def _har(requests: Iterable[RequestFinished], base_of: BaseOf, secrets: bool) -> Iterator[str]:
    return har_parts(requests, base_of, version=__version__, secrets=secrets)


def _lines(requests: Iterable[RequestFinished], _base_of: BaseOf, secrets: bool) -> Iterator[str]:
    for done in requests:
        yield (done if secrets else masked(done)).line()


def _script(requests: Iterable[RequestFinished], base_of: BaseOf, secrets: bool) -> Iterator[str]:
    yield "#!/bin/sh\n"
    for done in requests:
        yield f"\n{as_curl(done, base_of(done), secrets=secrets)}\n"


FORMS: Mapping[str, Form] = {
    form.suffix: form
    for form in (
        Form("HAR", ".har", _har),
        Form("JSON Lines", ".jsonl", _lines),
        Form("cURL script", ".sh", _script),
    )
}
"""By their suffix."""
