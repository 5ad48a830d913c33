"""Frames of a traceback, and the errors behind an error, as ``AppError`` carries them.

Everything in here is immutable, and may be used on any thread. Readers and writers of events import
it from :mod:`server.events`.
"""

from __future__ import annotations

from typing import Any, Optional

from ..base.values import dataclass

__all__ = ["Cause", "Frame"]


@dataclass(frozen=True)
class Frame:
    """One frame of a traceback, with what a reader needs to understand it without the file.

    A frame whose ``line`` is 0 stands for frames that were left out; ``function`` says how many.

    :param source: the lines around the one that ran
    :param first_line: the number of the first of these lines
    :param locals: name and bounded text of the frame's variables, as they were after the answer
    :param types: name and class of the variables; one that isn't among ``locals`` had no value yet
    :param columns: where the expression that failed begins in ``line`` and ends in ``end_line``, in
        characters from 0; None where that isn't known (before Python 3.11, and in a template)
    :param end_line: the line in which that expression ends; 0 where that isn't known
    :param own: it is of the user's project, not of a library
    :param template: ``file`` is a template
    :param console: the number under which code can be evaluated in it, as long as it is kept; 0
        where it isn't
    """

    file: str
    line: int
    function: str
    source: tuple[str, ...] = ()
    first_line: int = 0
    locals: tuple[tuple[str, str], ...] = ()
    types: tuple[tuple[str, str], ...] = ()
    columns: Optional[tuple[int, int]] = None
    end_line: int = 0
    own: bool = False
    template: bool = False
    console: int = 0

    def to_json(self) -> dict[str, Any]:
        """The frame as a JSON object; ``locals`` and ``types`` as objects by name."""
        return {
            "file": self.file,
            "line": self.line,
            "function": self.function,
            "source": list(self.source),
            "first_line": self.first_line,
            "locals": dict(self.locals),
            "types": dict(self.types),
            "columns": None if self.columns is None else list(self.columns),
            "end_line": self.end_line,
            "own": self.own,
            "template": self.template,
            "console": self.console,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Frame:
        """Read what :meth:`to_json` wrote, or what an older server did."""
        columns = value.get("columns")
        return cls(
            file=str(value["file"]),
            line=int(value["line"]),
            function=str(value["function"]),
            source=tuple(value.get("source", ())),
            first_line=int(value.get("first_line", 0)),
            locals=tuple((str(k), str(v)) for k, v in value.get("locals", {}).items()),
            types=tuple((str(k), str(v)) for k, v in value.get("types", {}).items()),
            columns=None if columns is None else (int(columns[0]), int(columns[1])),
            end_line=int(value.get("end_line", 0)),
            own=bool(value.get("own", False)),
            template=bool(value.get("template", False)),
            console=int(value.get("console", 0)),
        )


@dataclass(frozen=True)
class Cause:
    """An error behind an error.

    :param relation: ``"cause"`` (``raise … from``), ``"context"`` (raised while this one was being
        handled), or ``"group"`` (a member of an ``ExceptionGroup``)
    :param type: as in ``AppError``
    :param causes: what is behind this one
    """

    relation: str
    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    causes: tuple[Cause, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The error as a JSON object."""
        return {
            "relation": self.relation,
            "type": self.type,
            "message": self.message,
            "frames": [frame.to_json() for frame in self.frames],
            "causes": [cause.to_json() for cause in self.causes],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Cause:
        """Read what :meth:`to_json` wrote."""
        return cls(
            relation=str(value["relation"]),
            type=str(value["type"]),
            message=str(value["message"]),
            frames=tuple(map(Frame.from_json, value.get("frames", ()))),
            causes=tuple(map(cls.from_json, value.get("causes", ()))),
        )
