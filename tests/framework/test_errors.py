"""errors.py: keys of handlers, the search, the names in messages."""

from __future__ import annotations

import functools

import pytest
from werkzeug.exceptions import NotFound

from framework.errors import SetupError, describe_function, error_key, find_error_handler


def test_error_key():
    assert error_key(404) == (NotFound, 404)
    assert error_key(NotFound) == (NotFound, 404)
    assert error_key(KeyError) == (KeyError, None)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (299, ValueError, "not the code of an HTTP error"),
        (KeyError("x"), TypeError, "use KeyError"),
        (int, TypeError, "not an exception class"),
        ("404", TypeError, "not an exception class"),
    ],
)
def test_error_key_shows_what_is_wrong(value, error, text):
    with pytest.raises(error, match=text):
        error_key(value)


def test_find_error_handler_without_handlers():
    assert find_error_handler({}, KeyError(), ["a"]) is None


def test_describe_function():
    def view():
        pass

    text = describe_function(view, "index")
    assert "view'" in text
    assert "endpoint 'index'" in text
    assert f"line {view.__code__.co_firstlineno}" in text
    assert describe_function(functools.wraps(view)(lambda: None), "index") == text
    assert describe_function(None) == "The function"
    assert "partial" in describe_function(functools.partial(print))


def test_setup_error_is_an_assertion_error():
    assert isinstance(SetupError.late("It began", "route"), AssertionError)
