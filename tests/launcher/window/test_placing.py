"""Where the window opens, on one screen or several."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMargins, QRect

from launcher.window.placing import FIRST_SIZE, fitted

LAPTOP = QRect(0, 0, 1366, 768)
LARGE = QRect(1366, 0, 2560, 1440)
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("wanted", "screens", "place"),
    [
        (QRect(90, 40, 1180, 720), [LAPTOP], QRect(90, 40, 1180, 720)),
        (QRect(0, 0, 1180, 760), [QRect(0, 0, 1024, 768)], QRect(0, 0, 1024, 760)),
        (QRect(1400, 100, 1180, 760), [LAPTOP, LARGE], QRect(1400, 100, 1180, 760)),
        (QRect(1300, 500, 800, 600), [LAPTOP, LARGE], QRect(1366, 500, 800, 600)),
        (QRect(0, 0, 1366, 768), [LAPTOP], QRect(0, 0, 1366, 768)),
        (QRect(-300, 50, 900, 600), [LAPTOP], QRect(0, 50, 900, 600)),
        (QRect(1200, 700, 900, 600), [LAPTOP], QRect(466, 168, 900, 600)),
    ],
)
def test_a_window_lies_within_a_screen(wanted: QRect, screens: list[QRect], place: QRect) -> None:
    assert fitted(wanted, screens) == place


def test_one_whose_screen_is_gone_comes_to_the_first() -> None:
    place = fitted(QRect(3000, 200, 1180, 700), [LAPTOP])
    assert LAPTOP.contains(place)
    assert (place.width(), place.height()) == (1180, 700)


def test_there_is_room_left_for_the_frame_of_the_first_window() -> None:
    place = fitted(QRect(0, 0, 1180, 760), [QRect(0, 0, 720, 450)], QMargins(2, 36, 2, 2))
    assert place == QRect(2, 36, 716, 412)


def test_the_first_window_is_as_large_as_it_is_drawn_for() -> None:
    assert fitted(QRect(0, 0, 1180, 760), [LARGE]).size() == FIRST_SIZE


_PROGRAM = """
import sys
from launcher import app
from PySide6.QtWidgets import QApplication
for number in range(2):
    window = app.build(["--data-dir", sys.argv[1]])
    window.show()
    for _ in range(20):
        QApplication.processEvents()
    frame, room = window.frameGeometry(), window.screen().availableGeometry()
    print(*frame.getRect(), room.contains(frame))
    window.close()
    app.shut_down(window)
    window.deleteLater()
"""


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs a virtual screen")
@pytest.mark.parametrize(("screen", "scale"), [("1366x768", "1"), ("1440x900", "2")])
def test_it_fits_the_screen_and_without_a_window_manager_it_stays(
    tmp_path: Path, screen: str, scale: str
) -> None:
    environ = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
    done = subprocess.run(
        [
            "xvfb-run", "-a", "-s", f"-screen 0 {screen}x24", sys.executable, "-c", _PROGRAM,
            str(tmp_path / "data"),
        ],
        cwd=ROOT,
        env={**environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )  # fmt: skip
    places = done.stdout.splitlines()
    assert len(places) == 2, done.stderr
    assert len(set(places)) == 1
    assert places[0].endswith("True")
