"""server.errors: why something was refused, as a part of a sentence."""

from __future__ import annotations

import errno
import os
import ssl

import pytest

from server.errors import why_refused


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), "permission is denied"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "its name is too long"),
        (OSError(99999, "Something of another system."), "something of another system"),
        (OSError("AF_UNIX path too long"), "AF_UNIX path too long"),
        (OSError(), "OSError"),
        (ValueError("embedded null byte"), "embedded null byte"),
        (ssl.SSLError(), "SSLError"),
        (OSError(99999, None), "OSError"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_why_something_was_refused(error: BaseException, text: str) -> None:
    assert why_refused(error) == text


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_each_number_of_the_system_makes_a_part_of_a_sentence(number: int) -> None:
    text = why_refused(OSError(number, os.strerror(number)))
    assert text
    assert not text.endswith(".")
    assert "None" not in text
    assert "Errno" not in text
