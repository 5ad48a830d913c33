"""Statements that differ in their values are one; each is shown in few words."""

from __future__ import annotations

import pytest

from launcher.core.sql.shapes import is_select, is_transaction, short_form, statement_shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = 1", "SELECT  a\nFROM t WHERE b = 2.5"),
        ("SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = 'it''s -- no comment'"),
        ("SELECT a FROM t WHERE b = ?", "SELECT a FROM t WHERE b = $1 -- from here"),
        ("SELECT a FROM t WHERE b = %s", "SELECT a FROM t /* there */WHERE b = %(b_1)s"),
        ("SELECT a FROM t WHERE b = :b", "SELECT a FROM t WHERE b = ?1"),
        ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (?,?,?,?)"),
        ("INSERT INTO t VALUES (?, ?)", "INSERT INTO t VALUES (?, ?), (?, ?), (?, ?)"),
        ('SAVEPOINT "s1_x1"', 'savepoint "s2_x7"'),
    ],
)
def test_the_same_statement_with_other_values(one: str, other: str) -> None:
    first, second = statement_shape(one), statement_shape(other)
    assert first.removesuffix(", \u2026") == second.removesuffix(", \u2026")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t", "SELECT b FROM t"),
        ("SELECT a1 FROM t", "SELECT a2 FROM t"),
        ('SELECT "a-1" FROM t', 'SELECT "a-2" FROM t'),
        ("SELECT a::int FROM t", "SELECT a::text FROM t"),
        ("COMMIT", "ROLLBACK"),
    ],
)
def test_other_statements(one: str, other: str) -> None:
    assert statement_shape(one) != statement_shape(other)


@pytest.mark.parametrize(
    ("statement", "short"),
    [
        (
            'SELECT "shop_item"."id", "shop_item"."name" FROM "shop_item" '
            'WHERE "shop_item"."id" = %s ORDER BY "shop_item"."name" LIMIT 21',
            "SELECT shop_item WHERE id = ?",
        ),
        ("SELECT order_1.id\nFROM [order] AS order_1\n LIMIT 8", "SELECT order LIMIT ?"),
        ("INSERT INTO main.user (a, b) VALUES (?, ?)", "INSERT user"),
        ("UPDATE `user` SET a = 1 WHERE b = 2 RETURNING c", "UPDATE user WHERE b = ?"),
        ("DELETE FROM user", "DELETE user"),
        ("WITH x AS (SELECT 1) SELECT * FROM x WHERE y > 0", "SELECT x WHERE y > ?"),
        (
            "with recursive x(i) as (select 1 union select i from y where i < 9) select i from x",
            "SELECT x",
        ),
        (
            "SELECT (SELECT max(a) FROM b WHERE c = 2) FROM d WHERE e IN (SELECT f FROM g WHERE h)",
            "SELECT d WHERE e IN (SELECT f FROM g WHERE h)",
        ),
        ("SELECT COUNT(*) FROM (SELECT a FROM b WHERE b.c > (3)) sub", "SELECT b WHERE c > (?)"),
        ("(SELECT a FROM b WHERE c = 1) UNION (SELECT 2)", "SELECT b WHERE c = ?"),
        ("SELECT a FROM b x, b y WHERE x.c > y.c", "SELECT b WHERE x.c > y.c"),
        ("PRAGMA table_info(user)", "PRAGMA table_info(user)"),
        ("begin  ", "BEGIN"),
        ("CONNECT", "CONNECT"),
        ("ROLLBACK to SAVEPOINT a", "ROLLBACK TO"),
        ("no\tSQL at all \u202e", "no SQL at all \u202e"),
    ],
)
def test_in_few_words(statement: str, short: str) -> None:
    assert short_form(statement) == short


def test_what_kind_it_is() -> None:
    assert is_select(" (SELECT 1) UNION SELECT 2")
    assert not is_select("SELECTED")
    assert not is_select("DELETE FROM a")
    assert is_transaction("START  TRANSACTION")
    assert not is_transaction("BEGINNING")


@pytest.mark.parametrize(
    "part", ["'", "/*", "(a,", "a.", "'?',", " FROM", "select x from y where ", '"', "--"]
)
def test_what_was_made_to_be_slow(part: str) -> None:
    text = part * (16_384 // len(part))
    statement_shape(text)
    short_form("SELECT a FROM b WHERE " + text)  # the test would not come to an end
