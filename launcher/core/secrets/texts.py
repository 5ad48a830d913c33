"""Secrets in any text, such as a line of output, by what stands before them. Pure; any thread."""

from __future__ import annotations

import re

from ..form_parts import with_parts_masked
from ..piecewise import PIECE, end_of, replaced
from .headers import mask_cookies
from .names import MASK, PARTS, WORDS, Verdicts, is_secret_name
from .urls import mask_user_info

__all__ = ["mask_text"]

# Also as it stands in JSON within JSON, and in HTML.
_QUOTE = r"""\\?["']|&(?:quot|apos|\#0?3[49]|\#x2[27]);"""
# A name is taken whole or not at all, since a lookahead isn't gone back into: what has to stand
# behind it can't stand within it. It may be an index, as in headers["X-Api-Key"] = "...".
_NAMED = re.compile(
    rf"""(?<![\w.-])(?=([A-Za-z_][\w.-]{{0,80}}))\1(?:(?:{_QUOTE})\]?)?\s{{0,4}}"""
    rf"""(?:={{1,3}}|:(?!//))\s{{0,4}}({_QUOTE})?"""
)
_LONGEST_NAMED = 120
_SCHEME_BEFORE = re.compile(r"(?:Bearer|Basic|Token|Digest)\s{1,16}", re.IGNORECASE)
_VALUE = re.compile(r"""[^\s"'\\&;,<>{}()\[\]]*""")
_QUOTED = {
    '"': re.compile(r'(?:[^\n"\\]|\\.)*'),
    "'": re.compile(r"(?:[^\n'\\]|\\.)*"),
}
_LONGEST_QUOTED = 2000  # between other quotes than these
_MASKED = f'{MASK}"'
_NO_SECRETS = frozenset((MASK, "null", "true", "false", "None", "True", "False"))
_BEARER = re.compile(r"\b(?:Bearer|Basic)\s{1,16}", re.IGNORECASE)
_CREDENTIALS = re.compile(r"[\w.~+/=-]*")
_COOKIES = re.compile(
    r"^[^\S\n]{0,40}(?:set-)?cookie\s{0,16}:\s{0,16}", re.IGNORECASE | re.MULTILINE
)
_INPUT = re.compile(
    r"<(?:input|meta)\b[^<>]{0,2000}(?:<(?!input|meta)[^<>]{0,2000}){0,4}(?:>|(?=<(?:input|meta)))",
    re.IGNORECASE,
)
_LONGEST_INPUT = 10_100
_INPUT_NAME = re.compile(r"""\bname\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_INPUT_VALUE = re.compile(
    r"""(\b(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE
)
_HINTS = tuple(
    word
    for word in (*PARTS, *sorted(WORDS), "key", "basic", "://")
    if not any(
        other in word for other in ("pass", "auth", "session", "key", "sig") if other != word
    )
)


def mask_text(text: str) -> str:
    """Any text, such as a line of output: what follows a name like ``password=`` is masked."""
    hints = _hints_in(text)
    if not hints:
        return text
    # Each expression is used only where what it looks for can be. Without regard to case, letters
    # that aren't ASCII may be some of these, too.
    other = not text.isascii()
    if "://" in text and "@" in text:
        text = mask_user_info(text)
    if other or "cookie" in hints:
        text = _mask_cookie_lines(text)
    if "<" in text:
        text = replaced(_INPUT, text, _LONGEST_INPUT, _masked_input)
    text = with_parts_masked(text, is_secret_name, MASK)
    if "=" in text or ":" in text:
        text = _mask_named(text)
    if other or "bearer" in hints or "basic" in hints:
        text = _mask_bearers(text)
    return text


def _hints_in(text: str) -> set[str]:
    """Which of the words there are that secrets stand behind."""
    found: set[str] = set()
    for at in range(0, len(text), PIECE):
        lowered = text[at : at + PIECE + 20].lower()  # no hint is longer
        found.update(filter(lowered.__contains__, _HINTS))
    return found


def _mask_cookie_lines(text: str) -> str:
    def mask(found: re.Match[str]) -> tuple[int, int, str]:
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        return found.end(), end, mask_cookies(text[found.end() : end])

    return replaced(_COOKIES, text, 80, mask)


def _mask_named(text: str) -> str:
    is_secret = Verdicts(lambda name: is_secret_name(name) and not name.lower().endswith("cookie"))

    def mask(found: re.Match[str]) -> tuple[int, int, str] | None:
        if not is_secret[found[1]]:
            return None
        start = found.end()
        if text.startswith(_MASKED, start):
            return None
        end = _quoted_end(text, start, found[2]) if found[2] else start
        if end == start:
            end = _value_end(text, start)
        if end == start or (end - start < 6 and text[start:end] in _NO_SECRETS):
            return None
        return start, end, MASK

    return replaced(_NAMED, text, _LONGEST_NAMED, mask, within=True)


def _value_end(text: str, start: int) -> int:
    """Where a value that isn't in quotes ends; a scheme such as ``Bearer`` may stand before it."""
    scheme = _SCHEME_BEFORE.match(text, start)
    end = start if scheme is None else end_of(_VALUE, text, scheme.end())
    if scheme is None or end == scheme.end():
        end = end_of(_VALUE, text, start)
    return end


def _quoted_end(text: str, start: int, quote: str) -> int:
    """Where a value ends that may have anything in it, since it is in quotes; ``start`` where the
    quote ends something that stands before it, or has no other in its line."""
    if text[start : start + 1] in ("", ",", ";", ")", "]", "}") or text[start].isspace():
        return start
    characters = _QUOTED.get(quote)
    if characters is not None:
        end = end_of(characters, text, start)
        return end if text.startswith(quote, end) else start
    end = text.find(quote, start, start + _LONGEST_QUOTED)
    return start if end < 0 or "\n" in text[start:end] else end


def _mask_bearers(text: str) -> str:
    def mask(found: re.Match[str]) -> tuple[int, int, str] | None:
        end = end_of(_CREDENTIALS, text, found.end())
        return (found.end(), end, MASK) if end - found.end() >= 6 else None

    return replaced(_BEARER, text, 24, mask)


def _masked_input(found: re.Match[str]) -> tuple[int, int, str] | None:
    tag = found.group()
    name = _INPUT_NAME.search(tag)
    if name is None or not is_secret_name(name.group(1)):
        return None
    return found.start(), found.end(), _INPUT_VALUE.sub(rf'\1"{MASK}"', tag)
