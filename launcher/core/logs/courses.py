"""What the server itself has done: its starts, reloads and stops, as time lines.

Pure data without locks: filled and read on the GUI thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from server.base.values import dataclass
from server.events import RequestFinished, ServerCourse

from .flow import Timeline, timeline

__all__ = ["MOST", "Course", "CourseLog", "course_line"]

MOST = 20
_WORDS = {"start": "started", "reload": "reloaded", "stop": "stopped"}


@dataclass(frozen=True)
class Course:
    """One start, reload or stop.

    :param number: counts up, for life
    :param event: its steps
    """

    number: int
    event: ServerCourse

    @property
    def word(self) -> str:
        """What has happened: ``started``, ``reloaded`` or ``stopped``."""
        return _WORDS.get(self.event.kind, self.event.kind)

    @property
    def length(self) -> int:
        """How long it took, in microseconds."""
        return max((start + took for _, start, took, _ in self.event.flow), default=0)


class CourseLog:
    """The newest courses."""

    def __init__(self) -> None:
        self._kept: deque[Course] = deque(maxlen=MOST)
        self._number = 0

    def __iter__(self) -> Iterator[Course]:
        """The newest one first."""
        return reversed(self._kept)

    def get(self, number: int) -> Course | None:
        """The course with that number; None where it isn't kept any more."""
        return next((one for one in self._kept if one.number == number), None)

    def add(self, event: ServerCourse) -> None:
        """The server has started, was reloaded, or has stopped."""
        if event.flow:
            self._kept.append(Course(self._number, event))
            self._number += 1

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()


def course_line(course: Course) -> Timeline:
    """Lay out a course as the way of a request is."""
    event = course.event
    return timeline(RequestFinished.of(id=0, started=event.began, flow=event.flow))
