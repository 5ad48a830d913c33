"""An error to be copied: as text, and as Markdown for an issue or an assistant; secrets masked.

One form for the window and for ``servedeck errors``. What came from outside has no meaning in it:
control characters are shown as pictures of themselves, and Markdown is escaped or fenced.

Functions only; any thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from launcher.core.secrets import mask_target, mask_text
from server.base.values import dataclass
from server.events import Cause, Frame

__all__ = ["ErrorReport", "as_markdown", "as_text", "code", "inline", "plain"]

_FRAMES = 6  # own frames with their source, the innermost
# What acts on a terminal, or turns the direction of writing around.
_ACTING = (*range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROL = {n: 0x2400 + n for n in range(32)} | dict.fromkeys(_ACTING, 0xFFFD)
_CONTROL[127] = 0x2421
_CONTROL_LINES = {n: shown for n, shown in _CONTROL.items() if n not in (9, 10)}


@dataclass(frozen=True)
class ErrorReport:
    """What is known of an error and of where it happened.

    :param type: the exception's class
    :param text: its traceback
    :param time: in unix seconds
    :param place: file and line in the user's own code
    :param status: of the request's answer; 0 where there was none, None where that isn't known
    :param python: the version of the interpreter, or ""
    """

    type: str
    message: str
    text: str
    time: float
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()
    place: tuple[str, int] | None = None
    method: str = ""
    target: str = ""
    status: int | None = None
    app: str = ""
    python: str = ""


def as_text(report: ErrorReport) -> str:
    """The request and the traceback."""
    heading = f"{report.method} {mask_target(report.target)}" if report.method else ""
    lines = [plain(heading)] if heading else []
    return "\n".join([*lines, plain(mask_text(report.text), lines=True)])


def as_markdown(report: ErrorReport) -> str:
    """The request, the versions, the traceback and the own frames with their source."""
    name = report.type.rpartition(".")[2]
    message = mask_text(report.message).partition("\n")[0]
    lines = [f"## {inline(f'{name}: {message}' if message else name)}", ""]
    if report.method:
        asked = f"{report.method} {mask_target(report.target)}"
        status = "" if report.status is None else f" \u2192 {report.status or 'no answer'}"
        lines.append(f"- Request: {code(asked)}{status}")
    if report.place is not None:
        lines.append(f"- Place: {code(f'{report.place[0]}:{report.place[1]}')}")
    if report.app or report.python:
        python = f"Python {report.python}" if report.python else ""
        lines.append(f"- App: {', '.join(filter(None, (report.app and code(report.app), python)))}")
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(report.time))
    lines.append(f"- Time: {moment}")
    text = mask_text(report.text).rstrip("\n")
    own = [f for f in _all_frames(report) if f.source and (f.own or _is_at(f, report.place))]
    fence = _fence([text, *(line for frame in own for line in frame.source)])
    lines += ["", f"{fence}text", plain(text, lines=True), fence, ""]
    for frame in own[-_FRAMES:][::-1]:
        lines += [f"{code(f'{frame.file}:{frame.line}')} in {code(frame.function)}", ""]
        lines += [f"{fence}{'html' if frame.template else 'python'}"]
        for number, source in enumerate(frame.source, frame.first_line):
            pointer = ">" if number == frame.line else " "
            lines.append(f"{pointer} {number:>4}  {plain(mask_text(source))}")
        lines += [fence, ""]
    return "\n".join(lines) + "\n"


def _all_frames(report: ErrorReport) -> Iterator[Frame]:
    """Those behind the error, then its own: the last is the one that matters most."""
    yield from _behind(report.causes)
    yield from report.frames


def _behind(causes: Iterable[Cause]) -> Iterator[Frame]:
    for cause in causes:
        yield from _behind(cause.causes)
        yield from cause.frames


def _is_at(frame: Frame, place: tuple[str, int] | None) -> bool:
    return place == (frame.file, frame.line)


def _fence(texts: Iterable[str]) -> str:
    fence = "```"
    for text in texts:
        while fence in text:
            fence += "`"
    return fence


def plain(text: str, *, lines: bool = False) -> str:
    """Text that can't act on a terminal.

    :param lines: whether its lines stay lines
    """
    return text.translate(_CONTROL_LINES if lines else _CONTROL)


def inline(text: str) -> str:
    """Text in a line of Markdown, in which nothing has a meaning."""
    return "".join(f"\\{mark}" if mark in r"\`*_{}[]<>#|&" else mark for mark in plain(text))


def code(text: str) -> str:
    """Text as code in a line of Markdown."""
    text = plain(text)
    ticks = "`"
    while ticks in text:
        ticks += "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"
