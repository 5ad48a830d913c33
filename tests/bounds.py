"""How long is too long, on a machine that may be busy with other things; how often is enough."""

from __future__ import annotations

from hypothesis import settings

# Seconds in which is over what takes a moment by itself; what would have to be waited out, as a
# request that never ends, takes far longer.
PROMPT = 10.0

EXAMPLES = 50
"""With how many values a rule is tried where it says nothing else."""


def examples(count: int) -> settings:
    """With how many values a rule is tried in `make test`; `make soak` tries ten times as many."""
    return settings(max_examples=count * settings.default.max_examples // EXAMPLES)
