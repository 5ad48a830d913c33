"""What spans are called, and that no secret is in it."""

from __future__ import annotations

import pytest

from launcher.core.logs.span_labels import masked_spans, span_detail, span_label, span_text
from server.facts.span import Span


@pytest.mark.parametrize(
    ("span", "label", "detail"),
    [
        (
            Span("sql", "SELECT a FROM u WHERE token = 'abc'", 0, error="Error: no such table: u"),
            "SELECT u WHERE token = ?",
            "SQL: SELECT a FROM u WHERE token = '***', Error: no such table: u",
        ),
        (
            Span("http", "GET https://ada:geheim@a.org/b?token=x&b=1", 0, status=404),
            "GET ada:***@a.org/b",
            "Outgoing request: GET https://ada:***@a.org/b?token=***&b=1, answered with 404",
        ),
        (
            Span("log", "password=hunter2\nagain", 0, level="WARNING"),
            "password=***\u240aagain",
            "Log: password=*** again, WARNING",
        ),
        (Span("mail", "to a@b.org: Hello", 0), "to a@b.org: Hello", "Mail: to a@b.org: Hello"),
        (Span("cache", "get a", 0), "get a", "Cache: get a"),
        (Span("later", "x", 0), "x", "later: x"),
    ],
)
def test_labels(span: Span, label: str, detail: str) -> None:
    assert span_label(span) == label
    assert span_detail(span) == detail


def test_spans_that_leave_have_no_secrets() -> None:
    assert masked_spans(None) is None
    query = Span("sql", "SELECT a FROM u WHERE b = ? AND token = ?", 3, parameters="(1, 'abc')")
    call = Span("http", "GET https://a.org/?token=abc", 4, status=200)
    line = Span("log", "token=abc", 5, error="E: token=abc")
    mail = Span("mail", "to a@b.org: Hello", 6, parameters="Go on:\nhttps://a.org/?token=abc")
    assert masked_spans((query, call, line, mail)) == (
        query._replace(parameters="b=1, token=***"),
        call._replace(label="GET https://a.org/?token=***"),
        line._replace(label="token=***", error="E: token=***"),
        mail._replace(parameters="Go on:\nhttps://a.org/?token=***"),
    )


def test_a_token_in_a_mails_link_is_masked() -> None:
    link = "https://a.org/reset/MQ/c8o2lm-5f0b6a4d3e2c1b0a9f8e7d6c5b4a3f2e/"
    assert span_text(Span("mail", "to a@b.org: Reset", 0, parameters=link)) == (
        "https://a.org/reset/MQ/***/"
    )


def test_only_a_mail_has_a_text() -> None:
    assert span_text(Span("mail", "to a@b.org: Hello", 0, parameters="Hi,\nbye")) == "Hi,\nbye"
    assert span_text(Span("sql", "SELECT ?", 0, parameters="(1,)")) == ""
