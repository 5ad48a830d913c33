"""Learn: what the step under the cursor does, for those who follow the documented flow.

GUI thread only. Plain text throughout.
"""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from launcher import theme
from launcher.core import display, learn
from launcher.core.display import one_line
from launcher.core.logs.flow import Step
from launcher.core.logs.span_labels import span_detail, span_text
from launcher.panes.controls.timeline import place_of
from server.facts.span import KINDS


def default_language() -> str:
    """The reader's own language where there are texts in it, and letters to show them."""
    language = learn.language_for(QLocale.system().uiLanguages())
    if language == learn.ENGLISH:
        return language
    fonts = QFontMetrics(QApplication.font())
    letters = map(ord, learn.texts(language).words["name"])
    return language if all(map(fonts.inFontUcs4, letters)) else learn.ENGLISH


class LearnPanel(QFrame):
    """Three or four sentences on a step, the name of its code, and a button that opens it.

    :ivar language: one of :func:`launcher.core.learn.languages`
    """

    sourceRequested = Signal(str, int)  # noqa: N815
    """The user wants to see this file at this line."""
    languageChosen = Signal(str)  # noqa: N815
    """The user wants to read in this language from now on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("learnPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(210)
        self._step: Step | None = None
        self.language = default_language()

        self.title = _label("learnTitle")
        theme.set_font(self.title, "mono", 600)
        self.languages = QComboBox()
        self.languages.setObjectName("learnLanguageCombo")
        self.languages.setAccessibleName("Language of the explanations")
        for language in learn.languages():
            self.languages.addItem(learn.texts(language).words["name"], language)
        self.languages.currentIndexChanged.connect(self._choose)
        self.text = _label("learnText")
        self.where_title = _label("sectionTitle")
        self.where = _label("learnWhere", mono=True)
        self.flask_title = _label("sectionTitle")
        self.flask = _label("learnFlask", mono=True)
        self.open = QPushButton()
        self.open.setObjectName("learnSourceButton")
        self.open.clicked.connect(self._open)

        page = QWidget()
        page.setObjectName("learnPage")
        inner = QVBoxLayout(page)
        inner.setContentsMargins(14, 10, 14, 12)
        inner.setSpacing(4)
        inner.addWidget(self.title)
        inner.addSpacing(2)
        inner.addWidget(self.text)
        inner.addSpacing(10)
        inner.addWidget(self.where_title)
        inner.addWidget(self.where)
        inner.addSpacing(6)
        inner.addWidget(self.flask_title)
        inner.addWidget(self.flask)
        inner.addStretch(1)
        self.area = QScrollArea()
        self.area.setObjectName("learnScroll")
        self.area.setAccessibleName("Explanation of the step")
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(page)
        self.heading = _label("sectionTitle")
        top = QHBoxLayout()
        top.setContentsMargins(14, 8, 12, 0)
        top.addWidget(self.heading, 1)
        top.addWidget(self.languages)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(14, 4, 14, 10)
        bottom.addWidget(self.open)
        bottom.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.area, 1)
        layout.addLayout(bottom)
        self.set_language(self.language)
        self.refresh_icons()

    def refresh_icons(self) -> None:
        """Make the icons again, after a change of theme."""
        theme.set_icon(self.open, "editor")

    def set_language(self, language: str) -> None:
        """Speak another language; one that isn't there is English."""
        texts = learn.texts(language)
        self.language = texts.language
        with QSignalBlocker(self.languages):
            self.languages.setCurrentIndex(self.languages.findData(texts.language))
        self._show()

    @Slot(object)
    def explain(self, step: Step | None) -> None:
        """Explain a step; None for the words about what to do."""
        before, self._step = self._step, step
        if _explained(before) != _explained(step):
            self._show()
            self.area.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        texts = learn.texts(self.language)
        words = texts.words
        shown = self._step
        step = None if shown is None else learn.STEPS.get(shown.key)
        self.heading.setText(words["title"])
        self.where_title.setText(words["where"])
        self.flask_title.setText(words["flask"])
        self.open.setText(words["open"])
        self.title.setText("" if shown is None else one_line(shown.label, 200))
        self.title.setVisible(shown is not None)
        if shown is None:
            self.text.setText(words["empty"])
        elif shown.spans:
            span = shown.spans[0]
            parts = (span_detail(span), display.shown(span_text(span)), words["call"])
            self.text.setText("\n\n".join(filter(None, parts)))
        elif step is None:
            self.text.setText(words["counted" if shown.key in KINDS else "unknown"])
        else:
            self.text.setText(texts.texts[step.key])
            self.where.setText(_breakable(f"{step.name}\n{step.file}"))
            self.flask.setText(_breakable(step.flask))
        self.area.setAccessibleDescription(f"{self.title.text()}. {self.text.text()}")
        for part in (self.where_title, self.where):
            part.setVisible(step is not None)
        for part in (self.flask_title, self.flask):
            part.setVisible(step is not None and bool(step.flask))
        self.open.setVisible(shown is not None and place_of(shown) is not None)

    @Slot(int)
    def _choose(self, _index: int) -> None:
        self.language = self.languages.currentData()
        self._show()
        self.languageChosen.emit(self.language)

    @Slot()
    def _open(self) -> None:
        found = None if self._step is None else place_of(self._step)
        if found is not None:
            self.sourceRequested.emit(*found)


def _explained(step: Step | None) -> object:
    """What the explanation of a step depends on."""
    return None if step is None else (step.stage, step.spans[:1], place_of(step))


def _label(name: str, *, mono: bool = False) -> QLabel:
    made = QLabel()
    made.setObjectName(name)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setIndent(0)
    made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if mono:
        theme.set_font(made, "mono")
    return made


def _breakable(name: str) -> str:
    """A long dotted name, which may be broken behind each dot and slash."""
    return name.replace(".", ".\u200b").replace("/", "/\u200b")
