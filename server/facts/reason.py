"""Why something is as it is, for programs. Immutable; any thread.

Readers and writers of events import it from :mod:`server.events`.
"""

from __future__ import annotations

from typing import Any, Union

from ..base.values import dataclass

__all__ = ["Reason"]


@dataclass(frozen=True)
class Reason:
    """Why something is as it is, for programs; its reader makes the sentence.

    :param kind: a stable word
    :param facts: name and value of what the sentence speaks of
    """

    kind: str
    facts: tuple[tuple[str, Union[str, int, float]], ...] = ()

    @classmethod
    def of(cls, kind: str, **facts: Union[str, int, float]) -> Reason:
        """A reason with these facts."""
        return cls(kind, tuple(facts.items()))

    def to_json(self) -> dict[str, Any]:
        """The reason as one JSON object: ``{"kind": …}`` and its facts by name."""
        return {**dict(self.facts), "kind": self.kind}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Reason:
        """Read what :meth:`to_json` wrote."""
        facts = dict(value)
        return cls(str(facts.pop("kind")), tuple(facts.items()))
