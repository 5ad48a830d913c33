"""Pictures shown, and pages opened in the browser without their scripts; GUI thread only.

A picture is read on a thread of the pool, within a bound for its pixels. A page, or a picture of
lines (SVG), is written to a file for the user alone, in a folder that goes with the window.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QImageReader,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from launcher import theme
from launcher.core.bodies.previews import preview_page
from launcher.core.bodies.reading import Content, picture_type
from launcher.pool import Background

__all__ = ["MOST_PIXELS", "PictureView", "Preview", "read_picture", "write_page"]

MOST_PIXELS = 16_000_000
"""A larger picture is read smaller, where its format can be, and else not at all."""
_MOST_MEGABYTES = 128  # that Qt allocates for one picture


def read_picture(data: bytes) -> tuple[QImage, str]:
    """A picture and its facts; the picture is null where it can't be read. Any thread."""
    QImageReader.setAllocationLimit(_MOST_MEGABYTES)
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(picture_type(data).lower().encode()))
    whole = reader.size()
    facts = f"{whole.width():,} \u00d7 {whole.height():,}" if whole.isValid() else ""
    pixels = whole.width() * whole.height()
    if pixels > MOST_PIXELS:
        reader.setScaledSize(whole * (MOST_PIXELS / pixels) ** 0.5)
    image = reader.read()
    if image.isNull():
        return image, f"This picture can't be read: {reader.errorString()}."
    return image, facts or f"{image.width():,} \u00d7 {image.height():,}"


def write_page(folder: Path, text: str, media_type: str) -> Path:
    """Write the page that shows a body into a folder, for the user alone.

    :raises OSError: it can't be written
    """
    handle, name = tempfile.mkstemp(".html", "preview-", folder)
    with os.fdopen(handle, "wb") as file:  # mkstemp makes it for the user alone
        file.write(preview_page(text, media_type).encode("utf-8", "replace"))
    return Path(name)


class PictureView(QWidget):
    """A picture, as large as it is or as there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.setAccessibleName("Picture")

    @property
    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def show_image(self, image: QImage) -> None:
        """Show another picture."""
        self._image = image
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        if self._image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = self.rect().adjusted(16, 4, -16, -8)
        wanted = QSize(self._image.size())
        if wanted.width() > room.width() or wanted.height() > room.height():
            wanted.scale(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(room.left(), room.top(), wanted.width(), wanted.height())
        if self._image.hasAlphaChannel():
            painter.fillRect(target, theme.colour(self.palette(), "hover"))
        painter.drawImage(target, self._image)
        painter.end()


class Preview(QWidget):
    """What a body looks like to people."""

    problem = Signal(str)
    """Why it can't be shown, in a sentence."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}Preview")
        self._content: Content | None = None
        self._folder: Path | None = None
        self.facts = QLabel(self)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.facts.setContentsMargins(18, 4, 12, 4)
        self.picture = PictureView(self)
        self.open = QPushButton("Open in browser, without scripts", self)
        self.open.setObjectName(f"{name}Open")
        self.open.clicked.connect(self.open_page)
        page = QWidget(self)
        inside = QVBoxLayout(page)
        inside.setContentsMargins(34, 4, 12, 8)
        inside.addWidget(self.open, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addStretch()
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.picture)
        self.stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.facts)
        layout.addWidget(self.stack, 1)
        self._reader = Background(self)
        self._reader.finished.connect(self._read_done)

    def show_content(self, content: Content) -> None:
        """Show a picture, or how to see a page."""
        self._content = content
        if picture_type(content.data):
            self.stack.setCurrentIndex(0)
            self.picture.show_image(QImage())
            self.facts.setText("Reading the picture\u2026")
            self._reader.run(partial(read_picture, content.data))
        else:
            self.stack.setCurrentIndex(1)
            self.facts.setText("The page runs no script and fetches nothing, not even a picture.")

    @Slot(object)
    def _read_done(self, done: tuple[QImage, str] | None) -> None:
        if done is not None and self.stack.currentIndex() == 0:
            self.picture.show_image(done[0])
            self.facts.setText(done[1])

    @Slot()
    def open_page(self) -> None:
        """Have the browser show the page."""
        content = self._content
        if content is None or content.text is None:
            return
        try:
            file = write_page(self.folder(), content.text, content.media_type)
        except OSError as error:
            self.facts.setText(f"The page can't be written: {error.strerror or error}.")
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
            self.facts.setText(f"No browser could be opened: the page is {file}.")

    def folder(self) -> Path:
        """Where pages are written; for the user alone, and removed with the window."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="servedeck-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder
