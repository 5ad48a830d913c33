"""Values of a statement: masked where their names are secret, and put in where it is copied."""

from __future__ import annotations

import pytest

from launcher.core.sql.values import masked_statement, values_of, written_out


def shown(statement: str, parameters: str) -> list[tuple[str, str]]:
    return [(value.name, value.shown) for value in values_of(statement, parameters)]


def test_names_come_from_the_parameters_or_the_columns() -> None:
    by_name = "SELECT * FROM u WHERE a = %(a)s AND b = %(my_token)s"
    assert shown(by_name, "{'a': 1, 'my_token': 'x, y'}") == [("a", "1"), ("my_token", "***")]
    by_place = 'SELECT * FROM u WHERE "name" = ? AND u.password LIKE ? LIMIT ?'
    assert shown(by_place, "('ada', '(', 3)") == [
        ("name", "'ada'"), ("password", "***"), ("", "3"),
    ]  # fmt: skip
    listed = "SELECT * FROM u WHERE token IN (%s, %s) OR id IN ($1, $2)"
    assert shown(listed, "['a', 'b', 1, 2]") == [
        ("token", "***"), ("token", "***"), ("id", "1"), ("id", "2"),
    ]  # fmt: skip
    put = "INSERT INTO u (name, `password`) VALUES (?, ?), (?, ?)"
    assert [value for _, value in shown(put, "(1, 2, 3, 4)")] == ["1", "***", "3", "***"]


def test_a_column_says_more_than_the_name_of_a_parameter() -> None:
    compared = "SELECT * FROM u WHERE token IN (%(a)s, %(b)s) AND id = :c AND f(%(token)s, :d) = 1"
    values = "{'a': 'x', 'b': 'y', 'c': 3, 'd': 4, 'token': 5}"
    assert shown(compared, values) == [
        ("a", "***"), ("b", "***"), ("c", "3"), ("d", "4"), ("token", "***"),
    ]  # fmt: skip
    put = "INSERT INTO u (name, password) VALUES (%(n)s, %(p)s)"
    assert shown(put, "{'n': 'ada', 'p': 'x'}") == [("n", "'ada'"), ("p", "***")]
    assert written_out(put, "{'n': 'ada', 'p': 'x'}").endswith("VALUES ('ada', '***')")


def test_what_cannot_be_distinguished_is_secret_as_a_whole() -> None:
    put = "INSERT INTO u (name, password) VALUES (?, ?)"
    for parameters in (
        "[('a', 'b'), ('c', 'd')]",
        "('a', 'bbbbbbbbb\u2026",
        "('a', 'b', 'c')",
        "5",
    ):
        assert shown(put, parameters) == [("", "***")]
    assert shown("INSERT INTO u (a, b) VALUES (?, ?)", "[(1, 2), (3, 4)]") == [
        ("", "[(1, 2), (3, 4)]")
    ]
    assert shown("SELECT 1", "") == shown("SELECT 1", "()") == []


def test_values_that_are_written_in_the_statement() -> None:
    statement = "UPDATE u SET name = 'ada', password = 'it''s' WHERE id = 3 -- password = 'no'"
    assert masked_statement(statement) == (
        "UPDATE u SET name = 'ada', password = '***' WHERE id = 3 -- password = 'no'"
    )
    assert masked_statement("INSERT INTO u (a, token) VALUES (1, 'x')") == (
        "INSERT INTO u (a, token) VALUES (1, '***')"
    )
    assert masked_statement("INSERT INTO u (a, token) VALUES (now(), 'x')") == (
        "INSERT INTO u (a, token) VALUES (now(), '***')"
    )
    assert masked_statement("SELECT * FROM u WHERE password = ?") == (
        "SELECT * FROM u WHERE password = ?"
    )


@pytest.mark.parametrize(
    ("statement", "parameters", "written"),
    [
        ("SELECT ?, ?, ?", "(1, None, True)", "SELECT 1, NULL, TRUE"),
        ("SELECT '?', %s", '("it\'s",)', "SELECT '?', 'it''s'"),
        ("SELECT :a, :b", "{'b': 2, 'a': -1.5}", "SELECT -1.5, 2"),
        ("SELECT %(a)s", "{'a': Decimal('1.50')}", "SELECT '1.50'"),
        ("SELECT $2, $1::text", "('a', 2)", "SELECT 2, 'a'::text"),
        ("SELECT a WHERE password = ?", "('x',)", "SELECT a WHERE password = '***'"),
        (
            "SELECT ?, ?", "(1, datetime.time(3, 4))",
            "SELECT ?, ?\n-- 1, datetime.time(3, 4)",
        ),
        ("SELECT ?", "('a\\nb', 'c')", "SELECT ?\n-- ('a\\nb', 'c')"),
        ("SELECT 1", "()", "SELECT 1"),
    ],
)  # fmt: skip
def test_a_statement_with_its_values(statement: str, parameters: str, written: str) -> None:
    assert written_out(statement, parameters) == written


def test_secrets_on_request() -> None:
    statement = "SELECT a WHERE password = ? AND token = 'y'"
    assert written_out(statement, "('x',)", secrets=True) == (
        "SELECT a WHERE password = 'x' AND token = 'y'"
    )


def test_a_comment_behind_a_statement_stays_on_its_line() -> None:
    found = written_out("SELECT ?, ?", "('a\\nb', object('\n; DROP TABLE u'))")
    assert found.count("\n") == 1
