"""Nothing is cut, at any size of window, screen and text."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cut import cut_widgets
from PySide6.QtWidgets import QApplication

from launcher.bridge import EventBridge
from launcher.theme import Theme

SIZES = ((1180, 760), (900, 600), (640, 400))
_CHECK = """
import sys, tempfile
sys.path[:0] = {paths!r}
from cut import cut_widgets
from PySide6.QtWidgets import QApplication
from launcher.app import build, shut_down
with tempfile.TemporaryDirectory() as data:
    window = build(["hello.py", "--project", {project!r}, "--data-dir", data])
    window.show()
    page, app = window.page, QApplication.instance()
    for width, height in {sizes!r}:
        window.resize(width, height)
        for index in range(page.panes.count()):
            page.panes.setCurrentIndex(index)
            for _turn in range(4):
                app.processEvents()
            name = page.panes.tabText(index)
            for fault in cut_widgets(window):
                print(f"{{width}}x{{height}}, {{name}}: {{fault}}")
    window.close()
    shut_down(window)
print("looked at", window.devicePixelRatio(), app.primaryScreen().logicalDotsPerInch())
"""


@pytest.mark.parametrize("environ", [{"QT_SCALE_FACTOR": "1.25"}, {"QT_SCALE_FACTOR": "2"},
                                     {"QT_FONT_DPI": "144"}], ids=str)  # fmt: skip
def test_nothing_is_cut_at_another_scale(environ: dict[str, str]) -> None:
    here = Path(__file__).parent
    root = here.parents[1]
    code = _CHECK.format(
        paths=[str(root), str(here)], project=str(root / "resources/examples"), sizes=SIZES
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100,
        env={**os.environ, **environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert not lines[:-1], done.stdout
    assert lines[-1].startswith("looked at"), done.stderr


def _cut(qtbot: Any, window: Any) -> list[str]:
    """What is cut once the window has settled."""
    found: list[str] = []

    def nothing_is() -> bool:
        found[:] = cut_widgets(window)
        return not found

    with suppress(qtbot.TimeoutError):
        qtbot.waitUntil(nothing_is, timeout=2000)
    return found


@pytest.mark.parametrize("text_size", [1.0, 1.5])
def test_nothing_is_cut_while_there_is_much_to_see(
    qtbot: Any, window: Any, make: Any, qapp: QApplication, text_size: float
) -> None:
    look, page = Theme.of(qapp), window.page
    window.show()
    page.commands.start.trigger()
    bridge = page.findChild(EventBridge)
    bridge.post(make.started())
    for number in range(1, 40):
        bridge.post(make.finished(number, f"/orders/{number}?page=2"))
    bridge.post(make.error(40, request_id=40))
    bridge.flush()
    window.resize(*SIZES[0])
    look.set_text_size(text_size)
    try:
        found = [f"larger: {fault}" for fault in _cut(qtbot, window)]
        for size in SIZES:
            window.resize(*size)
            for index in range(page.panes.count()):
                page.panes.setCurrentIndex(index)
                if page.panes.currentWidget() is page.requests:
                    page.requests.show_request(3)
                name = page.panes.tabText(index)
                found += [f"{size}, {name}: {fault}" for fault in _cut(qtbot, window)]
        assert not found, "\n".join(found)
    finally:
        look.set_text_size(1.0)
