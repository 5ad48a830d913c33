"""An error as lines to show: own frames unfolded, libraries folded, variables as a table.

The innermost frame comes first, so the line that matters is at the top. What is unfolded is a set
of names; pressing a line with a name puts that into it or takes it out, and the lines are made
anew: they are short, and there are some hundred at most, whatever the size of the error.

Functions only; any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import PurePath

from launcher.core import ansi
from launcher.core.ansi import PLAIN, Run, Style, styled
from launcher.core.display import cut, one_line, plural, shown
from launcher.core.errors.code import toned
from launcher.core.secrets import MASK, is_secret_name, mask_text
from server.base.values import dataclass
from server.events import AppError, Cause, Frame

__all__ = ["Line", "error_lines", "text_lines", "visible_file"]

_AROUND = 4  # lines of source before and after
_OPEN = 6  # own frames that are unfolded to begin with
_VALUES = 12  # variables that are shown before the rest is unfolded
_LONG = 160  # characters of a value on its line
_WIDE = 400  # characters of a line of source
_STYLED = 10_000  # characters of a line with codes
_NAME, _TYPE = 24, 18
_INDENT = ("number", " " * 9)  # as wide as a line's number, so that all stands below the code
_RELATIONS = {
    "cause": "It was caused by",
    "context": "It was raised while this one was being handled",
    "group": "One of its members",
}

Part = tuple[str | Style, str]
"""A tone and a text; the tones are those of the view, or a terminal's style."""


@dataclass(frozen=True)
class Line:
    """One line.

    :param kind: how its ground looks: ``"frame"``, ``"library"``, ``"source"``, ``"failing"``,
        ``"local"``, ``"heading"``, ``"more"`` or ``"text"``
    :param own: it has the edge of the user's own code
    :param place: file and line that it opens in the editor
    :param fold: what pressing it unfolds or folds, or ""
    :param frame: the frame whose console it opens or closes, or None
    """

    kind: str
    parts: tuple[Part, ...]
    own: bool = False
    place: tuple[str, int] | None = None
    fold: str = ""
    frame: Frame | None = None

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(text for _, text in self.parts)


def text_lines(text: str) -> tuple[Line, ...]:
    """A traceback of which only the text is known, in the styles that it has."""
    if "\x1b" not in text:
        lines = shown(text, middle=True).split("\n")
        return tuple(Line("text", (("code", line),)) for line in lines)
    found, style = [], PLAIN
    for line in cut(text, middle=True).split("\n"):
        plain, runs, style = styled(line[:_STYLED], style)
        found.append(Line("text", tuple(_styled_parts(plain, runs))))
    return tuple(found)


def _styled_parts(text: str, runs: tuple[Run, ...]) -> Iterator[Part]:
    at = 0
    for run in runs:
        yield "code", text[at : run.start]
        yield run.style, text[run.start : run.end]
        at = run.end
    yield "code", text[at:]


def error_lines(
    event: AppError,
    folded: frozenset[str],
    *,
    masked: bool = True,
    console: int | None = None,
    in_tones: bool = True,
) -> tuple[Line, ...]:
    """The lines of an error.

    :param folded: names of what is not as it is to begin with
    :param masked: whether secrets are
    :param console: the number of the frame whose console is open, or 0; None where frames have none
    :param in_tones: with the tones of the code's words, for which
        :func:`launcher.core.errors.code.prepare` was called in time
    """
    if not event.frames and not event.causes:
        return text_lines(mask_text(event.text) if masked else event.text)
    maker = _Maker(folded, masked, console, in_tones)
    lines = [*maker.frames(event.frames, "f", event.type), *maker.causes(event.causes, "c")]
    summary = f"{event.type}: {' '.join(maker.mask(event.message[:2000]).split())}"
    whole = maker.is_open("text", first=False)
    title = ("strong", "Traceback as text  ")
    lines.append(
        Line("library", (_arrow(whole), title, ("muted", one_line(summary, 300))), fold="text")
    )
    if whole:
        lines += text_lines(mask_text(event.text) if masked else event.text)
    return tuple(lines)


def visible_file(file: str) -> str:
    """The last parts of a file's path, enough to know it."""
    parts = PurePath(file).parts
    return "/".join(parts[-2:]) if len(parts) > 1 else file


class _Maker:
    def __init__(
        self, folded: frozenset[str], masked: bool, console: int | None, in_tones: bool
    ) -> None:
        self._folded = folded
        self._in_tones = in_tones
        self._console = console
        self._mask: Callable[[str], str] = mask_text if masked else str
        self._masked = masked
        self._own_left = _OPEN

    def mask(self, text: str) -> str:
        """A text without codes, and as far as it may be shown."""
        return self._mask(ansi.plain(text))

    def is_open(self, name: str, *, first: bool) -> bool:
        """Whether something is unfolded.

        :param first: whether it is to begin with
        """
        return first != (name in self._folded)

    def causes(self, causes: Iterable[Cause], name: str) -> Iterator[Line]:
        """The errors behind an error, each with its own."""
        for number, cause in enumerate(causes):
            here = f"{name}{number}"
            yield Line(
                "heading", (("muted", _RELATIONS.get(cause.relation, cause.relation) + ":"),)
            )
            module, _, cls = cause.type.rpartition(".")
            yield Line("heading", (("danger", one_line(cls, 200)), ("muted", f"  {module}")))
            for text in shown(self.mask(cause.message)).split("\n")[:20]:
                yield Line("heading", (("strong", text),))
            yield from self.frames(cause.frames, here, cause.type)
            yield from self.causes(cause.causes, f"{here}.")

    def frames(self, frames: tuple[Frame, ...], name: str, type_: str) -> Iterator[Line]:
        """The frames of an error, the innermost first; libraries' next to each other are one line,
        unless there is no own frame at all: then the innermost is unfolded."""
        numbered = list(enumerate(frames))[::-1]
        has_own = any(frame.own for frame in frames)
        innermost = True
        for is_own, group in groupby(numbered, lambda item: item[1].own):
            members = list(group)
            if is_own:
                yield from self._own(members, name, innermost)
                innermost = False
                continue
            yield from self._libraries(members, name, innermost and not has_own)
            innermost = False

    def _own(self, members: list[tuple[int, Frame]], name: str, innermost: bool) -> Iterator[Line]:
        """Own frames; of one that is there again and again, as in a recursion, one is shown."""
        for place, same in groupby(members, lambda item: (item[1].file, item[1].line)):
            first, *more = list(same)
            remark = "raised here" if innermost else ""
            innermost = False
            yield from self._frame(first[1], f"{name}{first[0]}", self._takes_room(), remark)
            if not more:
                continue
            fold = f"{name}r{first[0]}"
            is_open = self.is_open(fold, first=False)
            what = f"the same line in {plural(len(more), 'more frame')}"
            parts = (("muted", "  "), _arrow(is_open), ("muted", what))
            yield Line("more", parts, True, place, fold)
            if is_open:
                for number, frame in more:
                    yield from self._frame(frame, f"{name}{number}", False, "")

    def _takes_room(self) -> bool:
        self._own_left -= 1
        return self._own_left >= 0

    def _libraries(
        self, members: list[tuple[int, Frame]], name: str, unfolded: bool
    ) -> Iterator[Line]:
        fold = f"{name}l{members[0][0]}"
        is_open = self.is_open(fold, first=unfolded)
        real = [frame for _, frame in members if frame.line]
        if not real:
            yield from (line for _, frame in members for line in self._frame(frame, "", False, ""))
            return
        count = sum(_count(frame) for _, frame in members)
        files = list(dict.fromkeys(_library(frame.file) for frame in real))
        of = f" of {', '.join(files[:4])}" if files else ""
        title = ("strong", plural(count, "library frame"))
        yield Line("library", (_arrow(is_open), title, ("muted", of)), fold=fold)
        if is_open:
            for number, frame in members:
                yield from self._frame(frame, f"{name}{number}", unfolded and frame is real[0], "")

    def _frame(self, frame: Frame, name: str, unfolded: bool, remark: str) -> Iterator[Line]:
        if not frame.line:  # stands for those that are left out
            yield Line("more", (("muted", f"  \u2026 {one_line(frame.function, 80)}"),))
            return
        is_open = self.is_open(name, first=unfolded)
        file = PurePath(frame.file).name if frame.own else visible_file(frame.file)
        tone = "yours" if frame.own else "place"
        what = "template  " if frame.template else "in "
        parts = (
            _arrow(is_open), (tone, f"{one_line(file, 120)}:{frame.line}"),
            ("muted", f"  {what}"), ("code", one_line(frame.function, 120)),
            ("muted", f"   {remark}" if remark else ""),
        )  # fmt: skip
        place = frame.file, frame.line
        toggle = self._toggle(frame) if frame.own or is_open else ()
        yield Line("frame", (*parts, *toggle), frame.own, place, name, frame if toggle else None)
        if not is_open:
            return
        yield from self._source(frame, name)
        yield from self._variables(frame, name)

    def _toggle(self, frame: Frame) -> tuple[Part, ...]:
        """What opens the console of a frame, or closes it."""
        if self._console is None:
            return ()
        is_open = bool(frame.console) and frame.console == self._console
        return (("muted", "   "), ("console", "Close console" if is_open else "Console"))

    def _source(self, frame: Frame, name: str) -> Iterator[Line]:
        fold = f"{name}s"
        around = 99 if self.is_open(fold, first=False) else _AROUND
        last = max(frame.line, frame.end_line)
        numbered = list(enumerate(frame.source, frame.first_line))
        near = [item for item in numbered if frame.line - around <= item[0] <= last + around]
        codes: Iterable[Sequence[tuple[str, str]]]
        codes = [
            self._marked(frame, number, source)
            if frame.line <= number <= last
            else [("code", _code(source))]
            for number, source in near
        ]
        at = frame.line - near[0][0] if near else -1
        if self._in_tones and not frame.template and 0 <= at < len(near):
            codes = toned(codes, at)
        for (number, _), code in zip(near, codes, strict=True):
            failing = frame.line <= number <= last
            tone = "failing_number" if failing else "number"
            mark = "\u203a" if number == frame.line else " "
            parts = ((tone, f"{number:>6} {mark} "), *code)
            kind = "failing" if failing else "source"
            yield Line(kind, parts, frame.own, (frame.file, number))
        hidden = len(numbered) - len(near)
        if hidden or around > _AROUND:
            what = f"{plural(hidden, 'more line')}" if hidden else "fewer lines"
            yield Line("more", (_INDENT, ("muted", f"\u2026 {what}")), frame.own, None, fold)

    def _marked(self, frame: Frame, number: int, source: str) -> list[tuple[str, str]]:
        """A line of the expression that failed, with that marked."""
        if frame.columns is None:
            return [("code", _code(source))]
        start = frame.columns[0] if number == frame.line else len(source) - len(source.lstrip())
        end = frame.columns[1] if number == frame.end_line else len(source)
        return [
            ("code", _code(source[:start])),
            ("mark", _code(source[start:end])),
            ("code", _code(source[end:])),
        ]

    def _variables(self, frame: Frame, name: str) -> Iterator[Line]:
        values = dict(frame.locals)
        missing = [found for found, kind in frame.types if not kind and found not in values]
        if not values and not missing:
            return
        fold = f"{name}v"
        count = len(values) + len(missing)
        all_of_them = self.is_open(fold, first=count <= _VALUES)
        yield Line(
            "local",
            (_INDENT, ("caption", "Locals"), ("muted", "   as they were after the answer")),
            frame.own,
        )
        types = dict(frame.types)
        widths = _width([*values, *missing], _NAME), _width(types.values(), _TYPE)
        rows = [(found, types.get(found, ""), text) for found, text in values.items()]
        rows += [(found, "", None) for found in missing]  # type: ignore[misc]
        for number, (found, kind, text) in enumerate(rows):
            if number >= _VALUES and not all_of_them:
                break
            yield from self._variable(found, kind, text, widths, f"{name}v{number}", frame.own)
        if count > _VALUES:
            what = "fewer" if all_of_them else f"{count - _VALUES} more"
            yield Line("more", (_INDENT, ("muted", f"\u2026 {what}")), frame.own, None, fold)

    def _variable(
        self, name: str, kind: str, text: str | None, widths: tuple[int, int], fold: str, own: bool
    ) -> Iterator[Line]:
        start = (
            _INDENT,
            ("code", f"{one_line(name, _NAME):<{widths[0]}}  "),
            ("type", f"{one_line(kind, _TYPE):<{widths[1]}}  "),
        )
        if text is None:
            yield Line("local", (*start, ("missing", "not set")), own)
            return
        if self._masked and is_secret_name(name):
            yield Line("local", (*start, ("type", MASK)), own)
            return
        if len(text) <= _LONG and "\n" not in text:
            yield Line("local", (*start, ("value", one_line(self.mask(text)))), own)
            return
        is_open = self.is_open(fold, first=False)
        text = self.mask(text if is_open else text[: 2 * _LONG])
        first = one_line(text, _LONG)
        yield Line("local", (*start, ("value", first), ("link", "  less" if is_open else "  all")),
                   own, None, fold)  # fmt: skip
        if is_open:
            for line in shown(text).split("\n"):
                yield Line("local", (_INDENT, ("value", line)), own)


def _width(texts: Iterable[str], most: int) -> int:
    """The width of a column."""
    return min(most, max(map(len, texts), default=0))


def _arrow(is_open: bool) -> Part:
    """The sign of what can be folded, in a tone of its own: so it has one size everywhere."""
    return "sign", "\u25be " if is_open else "\u25b8 "


def _code(text: str) -> str:
    return one_line(text.expandtabs(4), _WIDE)


def _count(frame: Frame) -> int:
    """How many frames one stands for."""
    if frame.line:
        return 1
    found = re.match(r"[\d,]+", frame.function)
    return int(found[0].replace(",", "")) if found and found[0].strip(",") else 1


def _library(file: str) -> str:
    """The package that a library's file is of."""
    path = PurePath(file)
    for number, part in enumerate(path.parts[:-1]):
        if part in ("site-packages", "dist-packages"):
            return PurePath(path.parts[number + 1]).stem
    return path.stem if path.stem != "__init__" else path.parent.name
