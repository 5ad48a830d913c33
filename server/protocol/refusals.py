"""The answer to what isn't an HTTP request, or has a body that isn't one. The request's thread."""

from __future__ import annotations

import contextlib
from http import HTTPStatus

from .channel import ClientDisconnected
from .parsing import BadRequest, RequestHead
from .response import ResponseWriter
from .wsgi import OwnHeaders, check_response, frame_head

__all__ = ["send_refusal"]


def send_refusal(
    fault: BadRequest, head: RequestHead, writer: ResponseWriter, own: OwnHeaders
) -> None:
    """Answer with one line of text that describes what is wrong. The connection can't be kept.

    :param head: of the request, as far as it was read
    :param own: the server's headers
    """
    phrase = HTTPStatus(fault.status).phrase
    page = f"{fault.status} {phrase}: {fault.reason}\n".encode()
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    checked = check_response(f"{fault.status} {phrase}", headers)
    framed = frame_head(checked, headers, head.method, head.version, False, len(page))
    with contextlib.suppress(ClientDisconnected):
        writer.send_part(writer.begin(checked, framed, own), page)
