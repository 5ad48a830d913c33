"""``run_simple``'s ``static_files``: folders and files served beside the app.

A WSGI middleware; runs in the request's thread. Meant for development, like the server itself.
"""

from __future__ import annotations

import email.utils
import importlib.util
import mimetypes
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Optional, Union

from ..protocol.wsgi import App, FileWrapper

__all__ = ["with_static_files"]

Exports = Union[Mapping[str, Any], Iterable[tuple[str, Any]]]


def with_static_files(app: App, exports: Exports) -> App:
    """The same app, but for the paths that name a file.

    :param exports: URL prefix → a folder, a file, or ``(package, folder)``; a pair ``(prefix,
        place)`` each, or a mapping. The first prefix that has the file wins; what no prefix has
        is the app's.
    :raises ValueError: a package that isn't there
    """
    pairs = exports.items() if isinstance(exports, Mapping) else exports
    places = [("/" + prefix.strip("/"), _place(place)) for prefix, place in pairs]

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
            for prefix, place in places:
                file = _file_for(path, prefix, place)
                stream = _opened(file) if file is not None else None
                if stream is not None:
                    return _answer(stream, environ, start_response)
        return app(environ, start_response)

    serve.__wrapped__ = app  # type: ignore[attr-defined]
    return serve


def _place(place: Any) -> Path:
    if isinstance(place, tuple):
        package, folder = place
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            spec = None
        if spec is None or not spec.has_location or not spec.origin:
            raise ValueError(f"static_files: there is no package {package!r}")
        found: Path = (Path(spec.origin).parent / folder).resolve()
        return found
    return Path(place).resolve()


def _file_for(path: str, prefix: str, place: Path) -> Optional[Path]:
    """The file that a request path names below ``prefix``; nothing outside ``place``, ever."""
    if place.is_file():
        return place if path == prefix else None
    below = path[len(prefix.rstrip("/")) + 1 :]
    if not path.startswith(prefix.rstrip("/") + "/") or not below or "\0" in below:
        return None
    try:
        file = (place / below).resolve()
        return file if file.is_relative_to(place) and file.is_file() else None
    except (OSError, RuntimeError):  # too long a name, a closed folder, links in a circle
        return None


def _opened(file: Path) -> Optional[BinaryIO]:
    try:
        return file.open("rb")
    except OSError:  # gone since, or not to be read
        return None


def _unchanged_since(modified: float, since: str) -> bool:
    """Whether a file is as old as ``If-Modified-Since`` has it (RFC 9110 section 13.1.3)."""
    try:
        return int(modified) <= email.utils.parsedate_to_datetime(since).timestamp()
    except (TypeError, ValueError, OverflowError):
        return False


def _answer(stream: BinaryIO, environ: dict[str, Any], start_response: Any) -> Any:
    found = os.fstat(stream.fileno())
    modified = email.utils.formatdate(found.st_mtime, usegmt=True)
    headers = [("Last-Modified", modified), ("Cache-Control", "no-cache")]
    if _unchanged_since(found.st_mtime, environ.get("HTTP_IF_MODIFIED_SINCE", "")):
        stream.close()
        start_response("304 Not Modified", headers)
        return [b""]
    kind, coding = mimetypes.guess_type(stream.name)
    if coding:  # a packed file is a file, not a packed answer
        kind = "application/octet-stream"
    elif kind and (kind.startswith("text/") or kind.endswith("+xml")):
        kind += "; charset=utf-8"
    headers += [
        ("Content-Type", kind or "application/octet-stream"),
        ("Content-Length", str(found.st_size)),
    ]
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        stream.close()
        return [b""]
    return environ.get("wsgi.file_wrapper", FileWrapper)(stream)
