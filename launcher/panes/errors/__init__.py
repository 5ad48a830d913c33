"""The errors of the app: their kinds, and one of them with its frames."""

from .pane import ErrorsPane

__all__ = ["ErrorsPane"]
