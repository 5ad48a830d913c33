"""``servedeck requests`` and ``servedeck errors``: what a window has kept, on the terminal.

Secrets are masked in all that is printed; of bodies that are no text, only the size is. What came
from outside can't act on the terminal: control characters are shown as pictures of themselves.

Read-only, but for a history of an older version, which is brought up to date. The main thread.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from launcher.core import display
from launcher.core.data_folder import default_data_dir
from launcher.core.errors.report import ErrorReport, as_markdown, plain
from launcher.core.filters.fields import ERRORS, REQUESTS, Fields
from launcher.core.filters.language import WrittenFilter, read_filter
from launcher.core.filters.mistakes import FilterError
from launcher.core.logs.errors import read_failure
from launcher.core.secrets import (
    MASK,
    is_secret_name,
    mask_body,
    mask_headers,
    mask_query,
    mask_target,
    mask_text,
)
from server.events import (
    AppError,
    Body,
    Cause,
    Frame,
    Headers,
    ReloadFailed,
    RequestFinished,
    ServerFailed,
)

from ..span_labels import masked_spans
from . import files
from .numbers import run_of
from .reading import Reader
from .results import RequestRow, RunRow, StoredError
from .schema import Refused

__all__ = ["print_errors", "print_requests", "select_requests"]

_PAGE = 200
_UNREADABLE = 1
_BAD_INPUT = 2


def print_requests(
    project: str, data_dir: Path | None, *, query: str, as_json: bool, out: TextIO, err: TextIO
) -> int:
    """Print the requests of a project, the oldest first.

    :param project: its folder
    :param data_dir: the data folder; the user's own by default
    :param query: a filter; see :mod:`launcher.core.filters.language`
    :param as_json: as lines of JSON, with headers and bodies
    :returns: the exit status
    """
    wanted = _filter(query, REQUESTS, err)
    if wanted is None:
        return _BAD_INPUT

    def show(reader: Reader) -> bool:
        runs = {run.id: run for run in reader.runs()}
        shown = False
        day = ""
        for numbers in _found(reader, "request", wanted):
            for row in reader.requests_by_number(numbers):
                shown = True
                if as_json:
                    out.write(_request_line(reader, row, runs[run_of(row.number)]))
                    continue
                day = _print_day(out, row.started, day)
                out.write(_request_text(row))
        _warn_of_pattern(wanted, err)
        return shown

    return _read(project, data_dir, "requests", show, err)


def select_requests(
    project: str, data_dir: Path | None, query: str, err: TextIO
) -> list[tuple[str, RequestFinished]] | None:
    """The requests of a project that are over and that a filter selects, the oldest first, whole.

    :returns: each with the address of its server; None where that can't be read, which is printed
    """
    wanted = _filter(query, REQUESTS, err)
    if wanted is None:
        return None
    selected: list[tuple[str, RequestFinished]] = []

    def select(reader: Reader) -> bool:
        runs = {run.id: run for run in reader.runs()}
        for numbers in _found(reader, "request", wanted):
            for number in numbers:
                stored = reader.request(number)
                if stored is not None and isinstance(stored.event, RequestFinished):
                    selected.append((runs[run_of(number)].url, stored.event))
        _warn_of_pattern(wanted, err)
        return bool(selected)

    return selected if _read(project, data_dir, "requests", select, err) == 0 else None


def print_errors(
    project: str,
    data_dir: Path | None,
    *,
    query: str = "",
    last: bool,
    form: str,
    out: TextIO,
    err: TextIO,
) -> int:
    """Print the errors of a project's apps, the oldest first.

    :param query: a filter, as of requests
    :param last: only the newest of what it finds
    :param form: ``"text"``, ``"json"`` or ``"markdown"``
    :returns: the exit status
    """
    write = {"text": _error_text, "json": _error_line, "markdown": _error_markdown}[form]
    wanted = _filter(query, ERRORS, err)
    if wanted is None:
        return _BAD_INPUT

    def show(reader: Reader) -> bool:
        runs = {run.id: run for run in reader.runs()}
        shown = False
        for numbers in _found(reader, "error", wanted, last=last):
            for number in numbers:
                stored = reader.error(number)
                if stored is not None:
                    shown = True
                    out.write(write(reader, stored, runs[run_of(number)]))
        _warn_of_pattern(wanted, err)
        return shown

    return _read(project, data_dir, "errors", show, err)


def _filter(query: str, fields: Fields, err: TextIO) -> WrittenFilter | None:
    """What was asked for; None where that can't be understood, which is printed."""
    try:
        return read_filter(query, fields)
    except FilterError as error:
        place = f"at its character {error.start + 1:,}"
        err.write(f"servedeck: The filter can't be used, {place}: {error.message}\n")
        return None


def _found(
    reader: Reader, kind: str, wanted: WrittenFilter, *, last: bool = False
) -> Iterator[Sequence[int]]:
    """The numbers of the rows that are asked for, the oldest first, in handy portions.

    :param last: only the newest
    :raises sqlite3.DatabaseError: not all could be read; raised behind those that could
    """
    parts = reader.search(kind, wanted.condition, reader.extent(kind))
    if last:
        newest = next((part.numbers[-1:] for part in parts if part.numbers), None)
        yield from () if newest is None else (newest,)
        return
    found: list[Sequence[int]] = []
    damage: sqlite3.DatabaseError | None = None
    try:
        found.extend(part.numbers for part in parts)
    except sqlite3.DatabaseError as error:  # what was found is shown first
        damage = error
    for numbers in reversed(found):
        for at in range(0, len(numbers), _PAGE):
            yield numbers[at : at + _PAGE]
    if damage is not None:
        raise damage


def _warn_of_pattern(wanted: WrittenFilter, err: TextIO) -> None:
    if wanted.gave_up:
        err.write(
            "servedeck: A regular expression of the filter takes too long: rows may be missing.\n"
        )


def _read(
    project: str, data_dir: Path | None, what: str, show: Callable[[Reader], bool], err: TextIO
) -> int:
    file = files.file_of(data_dir or default_data_dir(), project)
    folder = Path(project).expanduser().resolve()
    try:
        with Reader(file) as reader:
            shown = show(reader)
    except FileNotFoundError:
        if not folder.is_dir():
            err.write(f"servedeck: {folder} is no folder.\n")
            return _BAD_INPUT
        off = " The history of this project is switched off." if files.is_off(file) else ""
        err.write(f"servedeck: Nothing has been kept of {folder}.{off}\n")
        return 0
    except (files.Damaged, Refused, sqlite3.Error, PermissionError) as error:
        err.write(f"servedeck: The history {file} can't be read: {error}.\n")
        return _UNREADABLE
    if not shown:
        err.write(f"servedeck: No {what} of {folder} are kept that were asked for.\n")
    return 0


# Requests


def _request_text(row: RequestRow) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(row.started))
    target = row.path or mask_target(row.target)  # without a path its line wasn't understood
    if row.query:
        target += f"?{mask_query(row.query)}"
    if row.status is None:
        state, took, size = ("lost" if row.lost else "…"), "", ""
    else:
        state = "abort" if row.aborted else str(row.status)
        took = display.duration(row.duration or 0.0)
        size = display.size(row.response_size)
    error = "  error" if row.error is not None else ""
    columns = f"{clock}  {plain(row.method):<7} {state:>5} {took:>8} {size:>8}"
    return f"{columns}  {plain(target)}{error}\n"


def _request_line(reader: Reader, row: RequestRow, run: RunRow) -> str:
    values: dict[str, Any] = {
        "number": row.number, "run": run.id, "app": run.app, "id": row.id,
        "started": row.started, "duration": row.duration, "method": row.method, "path": row.path,
        "query": mask_query(row.query), "status": row.status, "aborted": row.aborted,
        "lost": row.lost, "bytes_received": row.received, "bytes_sent": row.sent,
        "type": row.type, "host": row.host, "endpoint": row.endpoint, "thread": row.thread,
        "remote_addr": row.client, "pid": row.pid, "error": row.error,
        "queries": row.queries.total, "duplicate_queries": row.queries.duplicates,
        "query_seconds": row.queries.time / 1e6, "looped_queries": row.queries.looped,
    }  # fmt: skip
    stored = reader.request(row.number)
    event = stored.event if stored is not None else None
    if event is not None:
        values["target"] = mask_target(event.target)
    if isinstance(event, RequestFinished):
        values["http_version"] = event.http_version
        values["reason"] = event.reason
        values["problem"] = event.problem
        values["request_headers"] = mask_headers(event.request_headers)
        values["response_headers"] = mask_headers(event.response_headers)
        values["request_body"] = _body(event.request_body, event.request_headers)
        values["response_body"] = _body(event.response_body, event.response_headers)
        values["flow"] = event.flow
        spans = masked_spans(event.spans)
        values["spans"] = None if spans is None else [span.to_json() for span in spans]
    return json.dumps(values) + "\n"


def _body(body: Body, headers: Headers) -> dict[str, Any]:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    text = mask_body(body.data, kind)
    found: dict[str, Any] = {"size": body.size}
    if text is not None:
        found["text"] = text
    else:  # what can't be read can't be masked
        found["binary"] = True
    found["truncated"] = body.truncated
    return found


# Errors


def _error_text(reader: Reader, stored: StoredError, run: RunRow) -> str:
    row = stored.row
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row.time))
    origin = _origin(reader, row.request)
    text = _traceback(stored.event).rstrip("\n")
    heading = f"── {moment}  {plain(run.app)}  {origin} "
    return f"{heading}\n{plain(mask_text(text), lines=True)}\n\n"


def _error_line(reader: Reader, stored: StoredError, run: RunRow) -> str:
    row, event = stored
    values: dict[str, Any] = {
        "number": row.number, "run": run.id, "app": run.app, "time": row.time,
        "type": row.type, "message": mask_text(row.message), "file": row.file, "line": row.line,
        "request": _request_of(reader, row.request), "text": mask_text(_traceback(event)),
    }  # fmt: skip
    if isinstance(event, AppError):
        values["frames"] = [_frame(frame) for frame in event.frames]
        values["causes"] = [_cause(cause) for cause in event.causes]
        values["group"] = mask_text(event.group)
    return json.dumps(values) + "\n"


def _frame(frame: Frame) -> dict[str, Any]:
    source = [mask_text(line) for line in frame.source]
    return {**frame.to_json(), "source": source, "locals": _locals(frame.locals)}


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "relation": cause.relation,
        "type": cause.type,
        "message": mask_text(cause.message),
        "frames": [_frame(frame) for frame in cause.frames],
        "causes": [_cause(behind) for behind in cause.causes],
    }


def _locals(found: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {name: MASK if is_secret_name(name) else mask_text(text) for name, text in found}


def _error_markdown(reader: Reader, stored: StoredError, run: RunRow) -> str:
    row, event = stored
    request = None if row.request is None else reader.request(row.request)
    asked = None if request is None else request.event
    return as_markdown(
        ErrorReport(
            type=row.type,
            message=row.message,
            text=_traceback(event),
            time=row.time,
            frames=event.frames if isinstance(event, AppError) else (),
            causes=event.causes if isinstance(event, AppError) else (),
            place=None if row.file is None or row.line is None else (row.file, row.line),
            method="" if asked is None else asked.method,
            target="" if asked is None else asked.target,
            status=asked.status if isinstance(asked, RequestFinished) else 0,
            app=run.app,
            python=run.python,
        )
    )


def _traceback(event: AppError | ServerFailed | ReloadFailed) -> str:
    if isinstance(event, AppError):
        return event.text
    found = read_failure(event)
    return "" if found is None else found[2]


def _request_of(reader: Reader, number: int | None) -> dict[str, Any] | None:
    stored = None if number is None else reader.request(number)
    if stored is None:
        return None
    event = stored.event
    status = event.status if isinstance(event, RequestFinished) else None
    return {"number": number, "method": event.method, "target": mask_target(event.target),
            "status": status}  # fmt: skip


def _origin(reader: Reader, number: int | None) -> str:
    request = _request_of(reader, number)
    if request is None:
        return "outside of a request"
    return plain(f"{request['method']} {request['target']}")


# Texts


def _print_day(out: TextIO, moment: float, before: str) -> str:
    day = time.strftime("%A, %d %B %Y", time.localtime(moment))
    if day != before:
        out.write(f"── {day} ──\n")
    return day
