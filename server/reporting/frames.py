"""Frames of a captured exception as events carry them: source, place, variables, templates.

Jinja2 puts frames of the template into the traceback by itself. Django doesn't; there the node that
was being rendered says which line of which template it is from, and that line follows the frame in
which it was rendered.

Calls no code of the app, but for :func:`line_source`, which asks a module's own loader where it
is given the module's globals. Any thread.

Sources: PEP 657 (columns), ``jinja2.debug``, ``django.template.base.Node.render_annotated``.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import CodeType, FunctionType, MethodType
from typing import Any, Optional, Union

from ..base import limits
from ..base.limits import cut
from ..events import Frame
from .captured import Captured, Link, is_library
from .captured import left_out as text_of_left_out
from .values import type_of

__all__ = ["Source", "frame_at", "frames_of", "left_out", "line_source", "locals_of", "name_of"]

Source = tuple[tuple[str, ...], int]
"""The lines around one, and the number of the first of them."""

_CONTEXT = 7  # lines before and after the one that ran
_MARK = "<…>"  # stands for the file where frames are left out
_JINJA = "__jinja_exception__"  # in the globals of the frames that Jinja2 makes
_DJANGO = "django.template.base"
_CALLABLES = (type, FunctionType, MethodType)
_NO_NUMBERS: Mapping[int, int] = {}
_OPTIMIZED = 1  # co_flags of a function, whose variables are in a dict of the interpreter's


def frames_of(
    captured: Captured, text: Callable[[object], str], numbers: Mapping[int, int] = _NO_NUMBERS
) -> tuple[Frame, ...]:
    """The frames of an exception, the outermost first.

    :param text: gives the text of a variable's value
    :param numbers: under which those are kept that are, by the ``id`` of their links
    """
    frames: list[Frame] = []
    for link in captured.links:
        if isinstance(link, int):
            frames.append(left_out(link))
            continue
        frames.append(_frame(link, text, numbers.get(id(link), 0)))
        template = _django_template(link, captured.error)
        if template is not None and template[:2] != _place(frames[-2:-1]):
            frames.append(frame_at(*template, own=not is_library(template[0]), template=True))
    frames.extend(_of_syntax(captured.error))
    return tuple(frames)


def left_out(count: int) -> Frame:
    """What stands for frames that are left out."""
    return Frame(_MARK, 0, text_of_left_out(count))


def frame_at(file: str, line: int, function: str, *, own: bool, template: bool = False) -> Frame:
    """A frame of which only the place is known."""
    source, first_line = line_source(file, line)
    return Frame(
        name_of(file), line, name_of(function), source, first_line, own=own, template=template
    )


def _place(frames: Sequence[Frame]) -> Optional[tuple[str, int]]:
    return (frames[-1].file, frames[-1].line) if frames and frames[-1].template else None


def _frame(link: Link, text: Callable[[object], str], number: int) -> Frame:
    code = link.frame.f_code
    is_template = _JINJA in link.frame.f_globals
    source, first_line = line_source(code.co_filename, link.line)
    columns, end_line = (None, 0) if is_template else _columns(code, link, source, first_line)
    shown, types = _variables(link, text)
    return Frame(
        file=name_of(code.co_filename),
        line=link.line,
        function=name_of(code.co_name),
        source=source,
        first_line=first_line,
        locals=shown,
        types=types,
        columns=columns,
        end_line=end_line,
        own=not is_library(code.co_filename),
        template=is_template,
        console=number,
    )


def locals_of(link: Link) -> list[tuple[str, Any]]:
    """The variables of a function's frame, and of a template's, there without the functions and
    classes that every template has; of a module and of a class there are none."""
    is_template = _JINJA in link.frame.f_globals
    if not link.frame.f_code.co_flags & _OPTIMIZED and not is_template:
        return []
    found = [
        (name, value)
        for name, value in link.frame.f_locals.items()
        if type(name) is str and not (is_template and type(value) in _CALLABLES)
    ]
    return found[: limits.ERROR_LOCALS]


def _variables(
    link: Link, text: Callable[[object], str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Texts and classes of a frame's variables; a name without a value has a class of ""."""
    found = locals_of(link)
    shown = tuple((name_of(name), text(value)) for name, value in found)
    types = [(name_of(name), type_of(value)) for name, value in found]
    code = link.frame.f_code
    if code.co_flags & _OPTIMIZED and len(found) < limits.ERROR_LOCALS:
        known = {name for name, _ in found}
        missing = [name for name in code.co_varnames if name not in known and name[:1] != "."]
        types += [(name_of(name), "") for name in missing[: limits.ERROR_LOCALS - len(found)]]
    return shown, tuple(types)


def _columns(
    code: CodeType, link: Link, source: Sequence[str], first_line: int
) -> tuple[Optional[tuple[int, int]], int]:
    """Where the expression that failed begins and ends, in characters, and its last line."""
    positions: Any = getattr(code, "co_positions", None)
    if positions is None or link.lasti < 0 or not source:
        return None, 0
    found: Any = next(islice(positions(), link.lasti // 2, None), (None, None, None, None))
    line, end_line, start, end = found
    if line != link.line or None in found:
        return None, 0
    begin = _characters(source, line - first_line, start)
    stop = _characters(source, end_line - first_line, end)
    if begin is None or stop is None or (line == end_line and stop <= begin):
        return None, 0
    return (begin, stop), end_line


def _characters(source: Sequence[str], at: int, column: int) -> Optional[int]:
    """The compiler counts bytes."""
    if not 0 <= at < len(source):
        return None
    data = source[at].encode("utf-8", "backslashreplace")
    return None if column > len(data) else len(data[:column].decode("utf-8", "ignore"))


def _django_template(link: Link, error: BaseException) -> Optional[tuple[str, int, str]]:
    """The template's name, the line and the tag that a frame of Django's was rendering, or had
    refused to compile; None for any other frame."""
    code = link.frame.f_code
    if link.frame.f_globals.get("__name__") != _DJANGO:
        return None
    fields = _fields(link.frame.f_locals.get("self"))
    if code.co_name == "render_annotated":
        token = _fields(fields.get("token"))
    elif code.co_name == "compile_nodelist":
        token = _fields(_fields(error).get("token"))
    else:
        return None
    name, line = _fields(fields.get("origin")).get("name"), token.get("lineno")
    if type(name) is not str or type(line) is not int:
        return None
    return name, line, str(token.get("contents", ""))[:80]


def _fields(value: object) -> dict[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def _of_syntax(error: BaseException) -> Iterator[Frame]:
    """Where the source that can't be compiled is wrong."""
    if not issubclass(type(error), SyntaxError):
        return
    fields: Mapping[str, Any] = SyntaxError.__dict__
    file, line = fields["filename"].__get__(error), fields["lineno"].__get__(error)
    if type(file) is not str or type(line) is not int or not file or not line:
        return
    yield frame_at(file, line, "<module>", own=not is_library(file))


def line_source(
    filename: str, line: int, module_globals: Optional[dict[str, Any]] = None
) -> Source:
    """The lines around one of a file; none where it can't be read."""
    lines: Sequence[str] = ()
    try:
        linecache.checkcache(filename)
        lines = linecache.getlines(filename, module_globals)
    except BaseException:  # a loader of the app's own
        return (), 0
    if not lines or not 0 < line <= len(lines):
        return (), 0
    start = max(0, line - 1 - _CONTEXT)
    kept = lines[start : line + _CONTEXT]
    return tuple(cut(text.rstrip("\r\n"), limits.ERROR_SOURCE_LINE) for text in kept), start + 1


def name_of(text: Union[str, object]) -> str:
    """A name, bounded."""
    return cut(str.__str__(text) if isinstance(text, str) else "?", limits.ERROR_NAME)
