"""The servers of the window and the recent projects, at its left edge."""

from .sidebar import WIDTH, Sidebar

__all__ = ["WIDTH", "Sidebar"]
