"""The URL patterns of a Django project: those of its ROOT_URLCONF, with what that includes.

Django imports them for the first request; here they are imported when the app is loaded, as by
``runserver``. A pattern that is a regular expression is shown as the path that it stands for.

Source: ``django.urls.resolvers.URLResolver``, ``URLPattern`` and ``ResolverMatch.view_name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .found import Found, Item, Reader, is_instance, plain_methods

__all__ = ["DJANGO", "path_of_regex"]

_DEEPEST = 30


def _is_django(app: Any) -> bool:
    return is_instance(app, "django.core.handlers.base", "BaseHandler")


def _read_django(app: Any) -> Iterator[Item]:
    from django.urls import get_resolver

    yield from _below(get_resolver(), "/", (), 0)


def _below(resolver: Any, prefix: str, names: tuple[str, ...], depth: int) -> Iterator[Item]:
    for entry in resolver.url_patterns:
        rule = prefix + _text(entry.pattern)
        if hasattr(entry, "url_patterns"):
            if depth < _DEEPEST:
                name = getattr(entry, "namespace", None)
                yield from _below(entry, rule, (*names, str(name)) if name else names, depth + 1)
        else:
            endpoint = ":".join((*names, str(entry.name or entry.lookup_str)))
            yield Found(rule, _methods(entry.callback), endpoint, entry.callback)


def _text(pattern: Any) -> str:
    is_regex = is_instance(pattern, "django.urls.resolvers", "RegexPattern")
    return path_of_regex(str(pattern)) if is_regex else str(pattern)


def _methods(view: Any) -> tuple[str, ...]:
    """Those of a view that is a class; a function doesn't show which it accepts."""
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
    actions = getattr(view, "actions", None)  # of REST framework's view sets
    if isinstance(actions, dict):
        return plain_methods(actions)
    names = getattr(cls, "http_method_names", ())
    return plain_methods(name for name in names if hasattr(cls, name))


_NAMED = re.compile(r"\(\?P<(\w+)>")
_ENDS = re.compile(r"\\[AbBZ]|(?<!\\)[\^$]")
_MARKS = re.compile(r"(?<!\\)[?*+]")
_ESCAPED = re.compile(r"\\(.)")


def path_of_regex(text: str) -> str:
    """A regular expression of a path with its groups as parameters.

    ``^articles/(?P<year>[0-9]{4})/$`` is ``articles/<year>/``.
    """
    path, count = "", 0
    while text:
        named = _NAMED.match(text)
        if text[0] == "\\":
            path, text = path + text[:2], text[2:]
        elif text[0] == "(":
            end = _end_of_group(text)
            if named is not None:
                path += f"<{named[1]}>"
            elif not text.startswith("(?"):
                count += 1
                path += f"<var{count}>" if count > 1 else "<var>"
            elif text.startswith("(?:"):
                path += path_of_regex(text[3 : end - 1])
            text = text[end:]
        else:
            path, text = path + text[0], text[1:]
    return _ESCAPED.sub(r"\1", _MARKS.sub("", _ENDS.sub("", path)))


def _end_of_group(text: str) -> int:
    """Behind the bracket that closes the one at the beginning."""
    depth = at = 0
    in_set = False
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif in_set:
            in_set = letter != "]"
        elif letter == "[":
            in_set = True
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(text)


DJANGO = Reader(_is_django, _read_django)
