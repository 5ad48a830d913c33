"""Which methods are offered by name."""

from __future__ import annotations

from launcher.core.http_methods import METHODS, SAFE


def test_each_safe_method_is_offered_and_none_twice() -> None:
    assert set(METHODS) > SAFE
    assert len(set(METHODS)) == len(METHODS)
