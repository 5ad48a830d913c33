"""Which requests of a server are recorded, and with what.

Any thread.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional

from .recorder import FlowRecorder, server_stages
from .sampling import Sampler

__all__ = ["FlowBudget", "Recording"]


class FlowBudget:
    """Decides which requests are recorded: each, unless they come faster than anybody can look.

    A recorded request costs some twenty microseconds, most of them after the answer has been sent.
    Under load that would take a sixth of a small app's throughput, so then it is a sample.

    Any thread; two that meet may record one request more or less.

    :param rate: how many requests a second are recorded for as long as it takes
    :param burst: how many may come at once before that
    """

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float = 100.0, burst: float = 500.0) -> None:
        self._rate = rate
        self._burst = self._left = burst
        self._at = monotonic()

    def take(self) -> bool:
        """Whether the request that begins now is recorded."""
        now = monotonic()
        left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if left < 1.0:
            self._left = left
            return False
        self._left = left - 1.0
        return True


class Recording:
    """Gives those requests of a server that are recorded what records them.

    :param budget: decides which those are
    :param samples: whether slow ones are sampled, too
    """

    def __init__(self, budget: Optional[FlowBudget] = None, *, samples: bool = False) -> None:
        self._budget = budget or FlowBudget()
        self._sampler = Sampler() if samples else None

    def recorder(self, handler: Any) -> Optional[FlowRecorder]:
        """Of a request that begins now; None where it isn't recorded. The request's thread.

        :param handler: the class of its handler
        """
        if not self._budget.take():
            return None
        sampled = None if self._sampler is None else self._sampler.begin()
        return FlowRecorder(server_stages(handler), sampled)
