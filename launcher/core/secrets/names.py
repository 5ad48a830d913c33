"""Which names are those of secrets. Pure; any thread, but for :class:`Verdicts`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

__all__ = [
    "LONGEST_NAME",
    "LONGEST_WRITTEN",
    "MASK",
    "PARTS",
    "WORDS",
    "Verdicts",
    "is_secret_name",
]

MASK = "***"
"""What stands in place of a secret. Plain ASCII, so that it fits into a header."""

PARTS = (
    "password", "passwd", "passphrase", "passcode", "secret", "token", "credential",
    "authorization", "authentication", "apikey", "accesskey", "privatekey", "signingkey",
    "encryptionkey", "sessionid", "sessid", "csrf", "xsrf", "bearer", "cookie",
)  # fmt: skip
WORDS = frozenset(
    ("pwd", "pw", "pass", "auth", "jwt", "otp", "totp", "pin", "cvv", "cvc", "sid", "sig",
     "signature", "session")
)  # fmt: skip
_KEYS = ("key", "keys")
_FAILURES = ("error", "exception", "warning")  # KeyError: 7 is no key
_PLAIN_KEYS = frozenset(
    ("primary", "foreign", "sort", "cache", "partition", "public", "shortcut", "object", "group")
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_A_PART = re.compile("|".join(PARTS))
_ANY_OF_THEM = re.compile("|".join((*PARTS, *sorted(WORDS), "key")))
LONGEST_NAME = 200
"""Characters of a name; what is longer is text that happens to stand in a name's place."""
LONGEST_WRITTEN = 12 * LONGEST_NAME
"""The same as it is written in a URL or in JSON."""
_MOST_KNOWN = 10_000


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret.

    :param name: of a header, a parameter, a form field, a JSON key or a variable
    """
    if len(name) > LONGEST_NAME:
        return False
    joined = _BETWEEN.sub("", name.lower())
    if not _ANY_OF_THEM.search(joined):
        return False
    words = [word for word in _BETWEEN.split(_CAMEL.sub("_", name).lower()) if word]
    if words[-1] in _FAILURES:
        return False
    if _A_PART.search(joined):
        return True
    if words[-1] in _KEYS:
        return len(words) == 1 or words[-2] not in _PLAIN_KEYS
    return not WORDS.isdisjoint(words)


class Verdicts(dict[str, bool]):
    """Whether names are those of secrets, found out once for each while one text is gone through.

    Reading an item is what asks. One thread at a time.

    :param judge: decides it for a name as it is written there
    """

    def __init__(self, judge: Callable[[str], bool]) -> None:
        super().__init__()
        self._judge = judge

    def __missing__(self, name: str) -> bool:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        verdict = self[name] = self._judge(name)
        return verdict
