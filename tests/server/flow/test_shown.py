"""Texts of what goes with a span: bounded, and nothing of the app's is asked."""

from __future__ import annotations

import datetime
import decimal
import enum
import logging
import uuid

import pytest

from server.base import limits
from server.flow.shown import safe_message, shown, statement_text


class Asks:
    """Stands for a lazy object, which sends a query when it is asked."""

    def __repr__(self):
        raise AssertionError("asked")

    __str__ = __repr__


class Word(str):
    def __str__(self):
        raise AssertionError("asked")

    __repr__ = __str__


class Number(enum.IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ((), ""),
        ([], ""),
        ({}, ""),
        ((1, "a", None, 2.5, True), "(1, 'a', None, 2.5, True)"),
        ((1,), "(1,)"),
        ([(1, "a"), (2, "b")], "[(1, 'a'), (2, 'b')]"),
        ({"name": "x"}, "{'name': 'x'}"),
        ((Word("w"), Number.ONE), "('w', 1)"),
        ((b"ab",), "(b'ab',)"),
        ((datetime.date(2026, 1, 2), decimal.Decimal("1.5")),
         "(datetime.date(2026, 1, 2), Decimal('1.5'))"),
        ((uuid.UUID(int=1),), "(UUID('00000000-0000-0000-0000-000000000001'),)"),
        ((1 << 5000,), "(<int of 5,001 bits>,)"),
    ],
)  # fmt: skip
def test_parameters(value, text):
    assert shown(value) == text


def test_what_would_have_to_be_asked_stands_as_its_class():
    assert shown((Asks(), 1)) == f"(<{__name__}.Asks>, 1)"
    assert statement_text(Asks()) == "<Asks>"


def test_what_is_long_is_cut():
    assert len(shown(tuple(range(10_000)))) <= limits.SPAN_PARAMETERS
    assert shown(("x" * 5000,)).endswith("… (5,000 characters),)")
    assert "… (5,000 bytes)" in shown((b"x" * 5000,))
    assert len(shown(["y" * 900] * 50)) == limits.SPAN_PARAMETERS
    deep: list = []
    deep.append(deep)
    assert shown(deep) == "[[[<builtins.list>]]]"


def test_statements_of_every_form():
    assert statement_text("SELECT 1") == "SELECT 1"
    assert statement_text(Word("SELECT 2")) == "SELECT 2"
    assert statement_text(b"SELECT \xff") == "SELECT \ufffd"


def test_what_psycopg_composes_and_an_exception():
    def as_string(self, connection):
        if self.fails:
            raise TypeError("it needs a connection")
        return "SELECT 1"

    composed = type("Composed", (), {"__module__": "psycopg.sql", "as_string": as_string})()
    composed.fails = False
    assert statement_text(composed) == "SELECT 1"
    composed.fails = True
    assert statement_text(composed) == "<Composed>"
    record = logging.LogRecord("a", 20, "f", 1, "%s", (LookupError("no such", 1, "item"),), None)
    assert safe_message(record) == "no such, item"
