"""The numbers of rows: a run, and a place in it. Pure functions; see schema.py."""

from __future__ import annotations

from .schema import RUN

__all__ = ["number_of", "place_of", "run_of"]


def number_of(run: int, place: int) -> int:
    """The number of a row.

    :param run: the run's id
    :param place: counts from 0 in the run, by kind of row
    """
    return run * RUN + place


def run_of(number: int) -> int:
    """The run a row belongs to."""
    return number // RUN


def place_of(number: int) -> int:
    """The row's place in its run."""
    return number % RUN
