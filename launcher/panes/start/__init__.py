"""The start page; GUI thread only."""

from .page import StartPage

__all__ = ["StartPage"]
