"""The frames of an error, and a console in one of them; wherever an error is shown."""

from .frames_view import FramesView

__all__ = ["FramesView"]
