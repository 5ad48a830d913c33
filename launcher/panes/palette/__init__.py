"""The command palette; GUI thread only."""

from .palette import CommandPalette

__all__ = ["CommandPalette"]
