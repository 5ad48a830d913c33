"""A virtual screen for what is measured on a real ``xcb``: Xvfb on a display that is free."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from types import TracebackType

__all__ = ["Screen", "ScreenMissing"]

START_SECONDS = 20.0
SIZE = "1920x1080x24"


class ScreenMissing(Exception):
    """Xvfb isn't installed, or didn't start."""


def _line(descriptor: int) -> str:
    """A line, without its end; "" where none comes in time.

    Xvfb writes the end by itself, and gives up where nobody reads it.
    """
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], START_SECONDS)
        piece = os.read(descriptor, 16) if ready else b""
        if not piece:
            return ""
        text += piece
    return text.decode().strip()


class Screen:
    """A screen as long as the block lasts.

    :ivar display: its name, for ``DISPLAY``
    :raises ScreenMissing: there is none
    """

    def __init__(self) -> None:
        self.display = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Screen:
        if shutil.which("Xvfb") is None:
            raise ScreenMissing("Xvfb is missing; install it with: sudo apt-get install xvfb")
        read, write = os.pipe()
        try:
            # It chooses the number itself and writes it once it can be connected to.
            self._process = subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), "-screen", "0", SIZE, "-nolisten", "tcp"],
                pass_fds=(write,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(write)
            write = -1
            number = _line(read)
        finally:
            os.close(read)
            if write >= 0:
                os.close(write)
        if not number:
            self.stop()
            raise ScreenMissing("Xvfb did not start")
        self.display = f":{number}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()
