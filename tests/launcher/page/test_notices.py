"""A new kind of error while the window is behind others."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from launcher.core.logs.errors import ErrorLog
from launcher.page.notices import ErrorNotices, show_on_desktop


class Shown(list[tuple[str, str]]):
    def __call__(self, identity: str, title: str, text: str) -> bool:
        self.append((title, text))
        return True


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def page(qtbot: Any) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.setWindowTitle("shop")
    return window  # never shown, so never in front


def test_each_kind_is_announced_once(make: Any, page: QWidget, shown: Shown) -> None:
    log = ErrorLog()
    notices = ErrorNotices(log, page, shown)
    for number in range(3):
        log.add(make.error(number, message="<b>no</b>\nmore"))
        notices.look()
    assert shown == [("KeyError in shop", "<b>no</b> more  shop.py:3")]
    log.add(make.error(4, type="a.B", message="b"))
    log.add(make.error(5, type="a.C", message="c"))
    notices.look()
    assert shown[1:] == [("C in shop", "c  shop.py:3 (and 1 other kind)")]


def test_what_was_seen_or_is_not_wanted_is_not_announced(
    make: Any, page: QWidget, shown: Shown
) -> None:
    log = ErrorLog()
    notices = ErrorNotices(log, page, shown)
    log.add(make.error(1))
    log.groups.mark_seen()
    notices.look()
    notices.enabled = False
    log.add(make.error(2, type="ValueError"))
    notices.look()
    notices.enabled = True
    notices.look()
    assert shown == []


def test_nothing_in_front_is_announced(
    make: Any, page: QWidget, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "isActiveWindow", lambda: True)
    log = ErrorLog()
    notices = ErrorNotices(log, page, shown)
    log.add(make.error(1))
    notices.look()
    assert shown == []


def test_without_a_screen_no_desktop_is_asked(qtbot: Any) -> None:
    assert not show_on_desktop("one", "title", "text")
