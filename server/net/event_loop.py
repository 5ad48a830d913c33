"""An asyncio event loop on a thread of its own, for apps that speak ASGI.

Made, used and closed from any thread but the loop's own, which this module starts.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Optional, TypeVar

__all__ = ["EventLoop"]

_T = TypeVar("_T")
_CANCEL_SECONDS = 1.0  # for tasks that are cancelled at the end


class EventLoop:
    """A loop that runs until it is closed.

    :ivar loop: the asyncio loop
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="asgi", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T], timeout: Optional[float] = None) -> _T:
        """Run a coroutine on the loop, and wait for its result. Not on the loop's own thread.

        :param timeout: seconds to wait; None for as long as it takes
        :raises concurrent.futures.TimeoutError: it takes longer; it is cancelled
        """
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout)
        finally:
            if not future.done():
                future.cancel()

    def close(self) -> None:
        """Cancel what still runs, and end the loop. Bounded; more than once is harmless."""
        if self.loop.is_closed() or not self._thread.is_alive():
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(2 * _CANCEL_SECONDS)

    def _run(self) -> None:
        """The loop's thread."""
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=_CANCEL_SECONDS))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()
