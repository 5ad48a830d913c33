"""The URL rules of all frameworks in one form: which rule a request's path fits. Pure; any thread.

A rule is text with parameters in it: ``<int:id>`` (Flask, Django), ``<name:re:[a-z]+>`` (Bottle),
``{id}`` and ``{id:int}`` (Falcon, Starlette), ``{id:\\d+}`` and ``*rest`` (Pyramid). Each becomes a
regular expression that is as coarse as is safe: the server has already chosen, and what is to be
known here is only which of the rules that was. A slash at the end may be there or not, as servers
redirect from one to the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from server.base.values import dataclass
from server.events import Route

__all__ = ["Parameter", "RuleIndex", "parts_of", "pattern_of"]

_WHOLE = frozenset({"path", "re", "any"})
_NUMBERS = {"int": r"-?[0-9]+", "float": r"-?[0-9]*\.?[0-9]+"}
_STAR = re.compile(r"\*(\w+)$")
_LONGEST = 1024
_ANYTHING = ".*"
_SIDE_BY_SIDE = 2
_CLOSES = {"<": ">", "{": "}"}


@dataclass(frozen=True)
class Parameter:
    """A part of a rule that a request fills in.

    :param name: what the framework calls it; "" where it has no name
    :param pattern: what it may be, as a regular expression
    :param text: as it stands in the rule
    """

    name: str
    pattern: str
    text: str


@lru_cache(maxsize=4096)
def parts_of(rule: str) -> tuple[str | Parameter, ...]:
    """A rule as text and parameters, in turn."""
    return tuple(_parts(rule[:_LONGEST]))


def _parts(rule: str) -> Iterator[str | Parameter]:
    star = _STAR.search(rule)
    body = rule[: star.start()] if star else rule
    at = begun = 0
    while at < len(body):
        end = _end_of_parameter(body, at)
        if not end:
            at += 1
            continue
        if begun < at:
            yield body[begun:at]
        yield _parameter(body[at:end])
        at = begun = end
    if begun < len(body):
        yield body[begun:]
    if star:
        yield Parameter(star[1], _ANYTHING, star[0])


def _end_of_parameter(text: str, at: int) -> int:
    """Behind the bracket that closes the one at an index; 0 where there is none."""
    opening = text[at]
    closing = _CLOSES.get(opening)
    depth = 0
    for index in range(at, len(text) if closing else at):
        letter = text[index]
        if letter == opening:
            depth += 1
        elif letter == closing:
            depth -= 1
            if not depth:
                return index + 1
    return 0


def _parameter(text: str) -> Parameter:
    inner = text[1:-1]
    words = [word.strip() for word in re.split(r"[:(]", inner, maxsplit=2)]
    if text[0] == "{":
        name, kind = words[0], ":".join(words[1:])
    elif len(words) > 1 and words[1] in (*_WHOLE, *_NUMBERS):  # Bottle's <name:filter>
        name, kind = words[0], words[1]
    else:  # Flask's and Django's <converter:name>
        name, kind = inner.rpartition(":")[2].strip(), words[0] if len(words) > 1 else ""
    if kind in _NUMBERS:
        return Parameter(name, _NUMBERS[kind], text)
    is_whole = kind in _WHOLE or "/" in kind or ".*" in kind or ".+" in kind
    return Parameter(name, _ANYTHING if is_whole else "[^/]+", text)


@lru_cache(maxsize=4096)
def pattern_of(rule: str) -> str:
    """A regular expression for the whole path of what a rule answers.

    Where a rule has more parameters side by side than can be matched quickly, what follows the
    first of them is left open.
    """
    text, in_segment, whole = "", 0, 0
    for part in parts_of(rule):
        if isinstance(part, Parameter):
            in_segment, whole = in_segment + 1, whole + (part.pattern == _ANYTHING)
            if max(in_segment, whole) > _SIDE_BY_SIDE:
                return f"^{text}"
            text += part.pattern
        else:
            in_segment *= "/" not in part
            text += re.escape(part)
    return f"^{text}?$" if text.endswith("/") else f"^{text}/?$"


class RuleIndex:
    """Finds the rule of a request.

    By its endpoint where it has one; among several rules of one endpoint, and where it has none, by
    its path and method. Rules are looked up by the first part of the path, so that a stray path
    isn't compared with thousands of them.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)
        self._by_endpoint: dict[str, list[int]] = {}
        self._by_begin: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for number, route in enumerate(self._routes):
            if route.endpoint:
                self._by_endpoint.setdefault(route.endpoint, []).append(number)
            first = parts_of(route.rule)[:1]
            begin = first[0].split("/") if first and isinstance(first[0], str) else []
            if len(begin) > 2 or (len(begin) == 2 and len(parts_of(route.rule)) == 1):
                self._by_begin.setdefault(begin[1], []).append(number)
            else:
                self._anywhere.append(number)
        self._find_by_path = lru_cache(maxsize=4096)(self._look_up)

    def find(self, method: str, path: str, endpoint: str) -> int | None:
        """The number of the rule that answered; None where no rule fits."""
        ours = self._by_endpoint.get(endpoint) if endpoint else None
        if ours is not None and len(ours) == 1:
            return ours[0]
        return self._find_by_path(method, path[:_LONGEST], endpoint if ours else "")

    def _look_up(self, method: str, path: str, endpoint: str) -> int | None:
        if endpoint:
            numbers = self._by_endpoint[endpoint]
        else:
            begin = path[1:].partition("/")[0]
            numbers = sorted([*self._by_begin.get(begin, ()), *self._anywhere])
        fitting = [number for number in numbers if _compiled(self._routes[number].rule).match(path)]
        for number in fitting:
            methods = self._routes[number].methods
            if not methods or method in methods or (method == "HEAD" and "GET" in methods):
                return number
        if fitting:  # the method was refused, or is one that the framework answers by itself
            return fitting[0]
        return numbers[0] if endpoint else None


@lru_cache(maxsize=8192)
def _compiled(rule: str) -> re.Pattern[str]:
    return re.compile(pattern_of(rule), re.DOTALL)
