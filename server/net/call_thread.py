"""Work on a thread of its own, whose end and error are waited for.

Made, started and joined from any thread but its own, which this module starts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Optional

__all__ = ["CallThread"]


class CallThread:
    """One call on a thread of its own.

    :param work: what is called
    :param name: the thread's
    :param on_end: called with this object when the work has ended, on its thread
    :ivar error: what the work has raised; None before its end, and where it ended well
    """

    def __init__(
        self,
        work: Callable[[], object],
        name: str,
        on_end: Optional[Callable[[CallThread], Any]] = None,
    ) -> None:
        self.error: Optional[BaseException] = None
        self._work = work
        self._on_end = on_end
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin. Once."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def is_done(self) -> bool:
        """Whether it has ended, and well."""
        return not self._thread.is_alive() and self.error is None

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.error = error
        if self._on_end is not None:
            self._on_end(self)
