"""Draws the PNG icons from the two SVG files. Runs on the main thread, by hand, after a change.

The PNGs are committed because icon themes without an SVG loader need them. 16 and 24 pixels come
from a drawing of their own: the full one has details that turn to mud there.
Needs PySide6: ``python resources/icons/render.py [TARGET FOLDER]``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

APP_ID = "io.github.servedeck.ServeDeck"
HERE = Path(__file__).resolve().parent
SOURCES = {
    16: "servedeck-small.svg",
    24: "servedeck-small.svg",
    32: "servedeck.svg",
    48: "servedeck.svg",
    64: "servedeck.svg",
    128: "servedeck.svg",
    256: "servedeck.svg",
}


def draw(size: int) -> QImage:
    """The icon in one size, on a transparent ground."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(str(HERE / SOURCES[size]))
    if not renderer.isValid():
        raise SystemExit(f"{SOURCES[size]} is not an SVG file that Qt can draw")
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image.convertToFormat(QImage.Format.Format_ARGB32)


def main(target: Path) -> None:
    """Write every size below ``target``, in the layout of an icon theme."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication(sys.argv[:1])
    for size in SOURCES:
        file = target / f"{size}x{size}" / "apps" / f"{APP_ID}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not draw(size).save(str(file), "PNG"):
            raise SystemExit(f"cannot write {file}")
    del application


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "hicolor")
