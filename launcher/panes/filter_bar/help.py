"""What stands below the field while one writes: what is expected, and what may be written next.

A part of the window and no window of its own, so it takes neither focus nor keys from the field.
GUI thread only.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core.display import one_line
from launcher.core.filters.completion import Proposal
from launcher.panes.controls.written import write

__all__ = ["FilterHelp"]

_ROWS, _LEFT = 9, 10
_ABOUT, _COLUMN = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex
_WIDTH = 430
_LONGEST, _LONGEST_SENTENCE = 120, 300  # characters that are shown


class _ProposalDelegate(QStyledItemDelegate):
    """What is written, and in a second column, muted, what it is for."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        own = QStyleOptionViewItem(option)
        self.initStyleOption(own, index)
        text, own.text = own.text, ""
        style = self._view.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, own, painter, self._view)
        about, columns = index.data(_ABOUT), index.data(_COLUMN)
        room = own.rect.adjusted(_LEFT, 0, -_LEFT, 0)
        write(painter, own, room, "mono", "text", text)
        if about:
            metrics = QFontMetrics(theme.font("mono"))
            room.setLeft(room.left() + metrics.horizontalAdvance("m" * (columns + 3)))
            write(painter, own, room, "second", "muted", about)


class FilterHelp(QFrame):
    """A sentence, and a list of proposals.

    :param area: the widget in which it stands
    """

    chosen = Signal(int)
    """A proposal was clicked; its place in the list."""

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._area = area
        self._field: QWidget | None = None
        self._count = 0
        self.setObjectName("filterHelp")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sentence = QLabel(self)
        self.sentence.setObjectName("filterSentence")
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.list = QListWidget(self)
        self.list.setObjectName("filterProposals")
        self.list.setAccessibleName("Proposals")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_ProposalDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        layout.addWidget(self.sentence)
        layout.addWidget(self.list)
        self.hide()

    @property
    def row(self) -> int:
        """The proposal that is chosen now; -1 where none is, or none can be seen."""
        return self.list.currentRow() if self.isVisible() else -1

    def show_below(self, field: QWidget, sentence: str, proposals: Sequence[Proposal]) -> None:
        """Show this below a field; nothing at all where there is nothing to show."""
        if not sentence and not proposals:
            self.hide()
            return
        self.sentence.setText(one_line(sentence, _LONGEST_SENTENCE))
        self.sentence.setVisible(bool(sentence))
        self.list.clear()
        texts = [
            one_line(one.text, _LONGEST) for one in proposals
        ]  # clients have sent some of them
        widest = max(map(len, texts), default=0)
        for one, text in zip(proposals, texts, strict=True):
            item = QListWidgetItem(self.list)
            item.setText(text)
            item.setData(_ABOUT, one.about)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text} {one.about}".rstrip())
            item.setData(_COLUMN, widest)
            item.setFont(theme.font("mono"))
        self.list.setCurrentRow(-1)
        self.list.setVisible(bool(proposals))
        self._field, self._count = field, len(proposals)
        self.fit()
        self.show()
        self.raise_()

    def move_by(self, step: int) -> None:
        """Choose the next proposal, or the one before."""
        count = self.list.count()
        if count and self.isVisible():
            row = self.row + step
            self.list.setCurrentRow(row if 0 <= row < count else -1)

    def fit(self) -> None:
        """Stand below the field, as wide as it is."""
        parent, field, count = self._area, self._field, self._count
        if field is None:
            return
        at = field.mapTo(parent, QPoint(0, field.height() + 2))
        width = min(max(_WIDTH, field.width()), parent.width() - at.x() - 8)
        rows = min(count, _ROWS)
        each = self.list.sizeHintForRow(0) if count else 0
        self.list.setFixedHeight(rows * each + 8 if count else 0)
        self.sentence.setFixedWidth(width - 4)
        height = (self.list.height() if count else 0) + 4
        if not self.sentence.isHidden():
            height += self.sentence.heightForWidth(width - 4)
        self.setGeometry(at.x(), at.y(), width, min(height, parent.height() - at.y()))

    def set_tone(self, wrong: bool) -> None:
        """Show the sentence as one about a mistake, or about what is still missing."""
        self.sentence.setProperty("tone", "danger" if wrong else "")
        self.sentence.style().unpolish(self.sentence)
        self.sentence.style().polish(self.sentence)

    @Slot(QListWidgetItem)
    def _clicked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self.list.row(item))
