"""The application's style sheet, filled in with one theme's colours."""

from __future__ import annotations

from launcher.core.resources import resource
from launcher.theme.palette import Colours

__all__ = ["style_sheet"]

_DRAWINGS = ("chevron", "chevron-up", "check", "close")


def style_sheet(shades: Colours) -> str:
    """The style sheet in the given colours; ``@name@`` stands for one of them, or for a drawing."""
    values = {name: getattr(shades, name) for name in Colours.__dataclass_fields__}
    for name in _DRAWINGS:
        values[name] = resource("icons", "actions", f"{name}.svg").as_posix()
    sheet = _SHEET
    for name in sorted(values, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}@", values[name])
    return sheet


_SHEET = """
QMainWindow, QDialog { background: @ground@; }
QWidget#head { background: @ground@; border-bottom: 1px solid @line@; }
QWidget#head QLabel#environmentLabel { color: @muted@; }
QLabel#formLabel, QLabel#muted, QLabel#trafficLabel, QLabel#caption, QLabel#optionsSummary {
    color: @muted@;
}
QLabel#muted[tone="yours"], QLabel#foundTitle[tone="yours"] { color: @yours@; }

QWidget#pausedBar {
    background: @panel@; border-left: 3px solid @accent@; border-top: 1px solid @line@;
}
QLabel#pausedFacts, QLabel#pausedLocals, QLabel#pausedBefore { color: @muted@; }
QLabel#pausedPrompt { color: @link@; }
QWidget#setupPage, QWidget#setupColumn, QScrollArea#setupScroll { background: @base@; }
QWidget#setupFoot { background: @panel@; border-top: 1px solid @line@; }
QWidget#foundPanel { background: @panel@; border-left: 1px solid @line@; }
QFrame#setupSection { border: none; border-bottom: 1px solid @line@; }
QFrame#setupSection[last="true"] { border-bottom: none; }
QFrame#hairline { background: @line@; border: none; }
QLineEdit#commandEdit { background: @base@; min-height: 28px; }

QPushButton {
    background: @base@; color: @text@; border: 1px solid @edge@; border-radius: 6px;
    padding: 4px 11px; min-height: 18px; outline: 0;
}
QPushButton[look="browse"] { min-height: 20px; }  /* as the field beside it */
QPushButton:hover { background: @hover@; }
QPushButton:pressed { background: @line@; }
QPushButton:disabled { color: @faint@; background: transparent; border-color: @line@; }
QPushButton[look="primary"] {
    background: @accent@; color: @on_accent@; border-color: @accent@; font-weight: 600;
}
QPushButton[look="primary"]:hover { background: @accent_hover@; }
QPushButton[look="primary"]:pressed { background: @accent_pressed@; }
QPushButton[look="primary"]:disabled {
    background: transparent; color: @faint@; border-color: @line@;
}
QPushButton#startPageFolderButton, QPushButton#startPageFileButton { min-height: 28px; }
QPushButton#setupStartButton { min-height: 28px; min-width: 100px; }
QPushButton[look="tinted"] { background: @tint@; color: @link@; border-color: @tint@; }
QPushButton[look="tinted"]:hover { border-color: @accent@; }
QPushButton[look="tinted"]:disabled { background: transparent; color: @faint@; }
QPushButton[look="quiet"], QPushButton[look="line"], QPushButton[look="icon"] {
    background: transparent; border-color: transparent;
}
QPushButton[look="quiet"] { padding: 4px 8px; }
QPushButton[look="quiet"]:hover, QPushButton[look="icon"]:hover { background: @line@; }
QPushButton[look="icon"] { padding: 4px 5px; }
QPushButton[look="line"] { padding: 1px 8px; min-height: 18px; border-radius: 5px; color: @text@; }
QPushButton[look="line"]:hover { background: @line@; }
QPushButton[look="line"]:focus { border: 1px solid @accent@; }
QPushButton#messageDismiss, QPushButton#latestErrorClose { padding: 1px 4px; }
QPushButton[look="option"] {
    background: transparent; color: @soft@; border-color: @edge@; border-radius: 11px;
    padding: 1px 9px; min-height: 18px;
}
QPushButton[look="option"]:hover { background: @hover@; }
QPushButton[look="option"]:checked { background: @tint@; color: @link@; border-color: @tint@; }
QPushButton[look="link"] {
    background: transparent; border-color: transparent; color: @link@; padding: 4px 6px 4px 0;
    text-align: left;
}
QPushButton[look="link"]:hover { color: @accent@; }
QPushButton[look="disclosure"] {
    background: transparent; border-color: transparent; padding: 3px 8px 3px 0;
    text-align: left; font-weight: 600;
}
QPushButton[look="disclosure"]:hover { color: @link@; }
QPushButton[look="float"] {
    background: @accent@; color: @on_accent@; border: 1px solid @accent@; border-radius: 11px;
    padding: 2px 12px; min-height: 17px; font-weight: 600;
}
QPushButton[look="float"]:hover { background: @accent_hover@; }

QLineEdit, QSpinBox, QComboBox {
    background: @field@; color: @text@; border: 1px solid @edge@; border-radius: 6px;
    padding: 4px 8px; min-height: 20px;
    selection-background-color: @accent@; selection-color: @on_accent@;
    placeholder-text-color: @muted@;  /* else half of the text's, which is too faint to read */
    lineedit-clear-button-icon: url(@close@);
}
QLineEdit:focus, QSpinBox:focus, QComboBox:focus, QComboBox:on {
    border: 2px solid @accent@; padding: 3px 7px;
}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {
    background: @ground@; color: @muted@; border-color: @line@;
}
QLineEdit[invalid="true"], QSpinBox[invalid="true"], QComboBox[invalid="true"] {
    border: 2px solid @danger@; padding: 3px 7px;
}
QPushButton[look="chip"] { border: none; padding: 0; min-height: 0; background: transparent; }
QWidget#filterBar { background: @base@; border-bottom: 1px solid @line@; }
QLineEdit#requestFilter {
    background: transparent; border: 1px solid transparent; padding: 1px 6px; min-height: 20px;
}
QLineEdit#requestFilter:hover { border-color: @edge@; }
QLineEdit#requestFilter:focus {
    background: @field@; border: 2px solid @accent@; padding: 0 5px;
}
QLineEdit#requestFilter[invalid="true"] { border: 2px solid @danger@; padding: 0 5px; }
QFrame#filterHelp { background: @base@; border: 1px solid @edge@; border-radius: 6px; }
QLabel#filterSentence { padding: 6px 10px; color: @muted@; }
QLabel#filterSentence[tone="danger"] { color: @danger@; }
QListWidget#filterProposals { background: @base@; border: none; outline: 0; padding: 2px; }
QListWidget#filterProposals::item { padding: 3px 8px; border-radius: 4px; color: @text@; }
QListWidget#filterProposals::item:hover { background: @hover@; }
QListWidget#filterProposals::item:selected { background: @selection@; color: @text@; }
QWidget[look="console"] { background: @panel@; border-top: 1px solid @line@; }
QPlainTextEdit#consoleTranscript { background: @panel@; border: none; }
QPlainTextEdit#consoleInput { background: @field@; border: 1px solid @edge@; border-radius: 6px; }
QPlainTextEdit#consoleInput:focus { border: 1px solid @accent@; }
QPlainTextEdit#consoleInput:disabled { background: @ground@; color: @muted@; }
QLabel#consolePrompt { color: @link@; }
QPlainTextEdit#envEdit, QWidget#composer QPlainTextEdit {
    border: 1px solid @edge@; border-radius: 6px; padding: 1px 4px;
}
QPlainTextEdit#envEdit:focus, QWidget#composer QPlainTextEdit:focus {
    border: 2px solid @accent@; padding: 0 3px;
}
QPlainTextEdit#envEdit[invalid="true"] { border: 2px solid @danger@; padding: 0 3px; }
QPlainTextEdit#envEdit:disabled {
    background: @ground@; color: @muted@; border-color: @line@;
}
QLabel#fieldRemark { color: @muted@; }
QLabel#fieldRemark[tone="warning"] { color: @warning@; }
QLabel#fieldRemark[tone="danger"] { color: @danger@; }
QComboBox QLineEdit, QComboBox QLineEdit:focus, QSpinBox QLineEdit, QSpinBox QLineEdit:focus {
    border: none; padding: 0; background: transparent; min-height: 0;
}
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url(@chevron@); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
    background: @base@; border: 1px solid @edge@; padding: 4px; outline: 0;
    selection-background-color: @selection@; selection-color: @text@;
}
QComboBox QAbstractItemView::item { padding: 3px 4px; min-height: 20px; }
QScrollArea#optionsScroll, QWidget#optionsPanel { background: transparent; }
QSpinBox { padding: 2px 20px 3px 10px; }
QSpinBox:focus, QSpinBox[invalid="true"] { padding: 1px 19px 2px 9px; }
QComboBox { padding-left: 10px; }
QComboBox:focus, QComboBox:on { padding-left: 9px; }
QComboBox:editable, QComboBox[invalid="true"] { padding-left: 8px; }
QComboBox:editable:focus { padding-left: 7px; }
QCheckBox { spacing: 7px; }
QCheckBox::indicator {
    width: 14px; height: 14px; border: 1px solid @edge@; border-radius: 4px; background: @base@;
}
QCheckBox::indicator:hover { border-color: @muted@; }
QCheckBox::indicator:focus { border: 2px solid @accent@; width: 12px; height: 12px; }
QCheckBox::indicator:checked {
    background: @accent@; border-color: @accent@; image: url(@check@);
}
QCheckBox::indicator:checked:focus { border-color: @text@; }
QCheckBox::indicator:disabled { background: @ground@; border-color: @line@; }
QCheckBox::indicator:checked:disabled { background: @muted@; border-color: @muted@; }
QCheckBox:disabled { color: @muted@; }
QSpinBox::up-button, QSpinBox::down-button { border: none; background: transparent; width: 18px; }
QSpinBox::up-button { subcontrol-position: top right; margin: 2px 2px 0 0; }
QSpinBox::down-button { subcontrol-position: bottom right; margin: 0 2px 2px 0; }
QSpinBox::up-arrow { image: url(@chevron-up@); width: 11px; height: 11px; }
QSpinBox::down-arrow { image: url(@chevron@); width: 11px; height: 11px; }

QTabWidget::pane { border: none; border-top: 1px solid @line@; background: @base@; }
QTabWidget#requestDetailsTabs::tab-bar { left: 10px; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: @muted@; padding: 7px 12px; margin: 0;
    border: none; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: @text@; background: @hover@; }
QTabBar::tab:selected { color: @text@; border-bottom: 2px solid @accent@; font-weight: 600; }
QTabBar::tab:focus { background: @hover@; color: @text@; }

QTableView, QPlainTextEdit {
    background: @base@; color: @text@; border: 1px solid transparent; outline: 0;
}
QTableView { selection-background-color: @selection@; selection-color: @text@; }
QTableView[painted="true"] QScrollBar { background: @base@; }
QAbstractScrollArea::corner { background: @base@; border: none; }
QTableView[painted="true"], QTableView[painted="true"]:focus { border: none; }
QPlainTextEdit {
    selection-background-color: @accent@; selection-color: @on_accent@;
    placeholder-text-color: @muted@;
}
QTableView#compareView { padding-left: 4px; }  /* so that texts begin at the margin of the page */
QTableView::item { padding: 0 8px; border: none; }
QTableView::item:selected { background: @selection@; color: @text@; }
QHeaderView { background: @base@; border: none; }
QHeaderView::section {
    background: @base@; color: @muted@; padding: 5px 11px; border: none;
    border-bottom: 1px solid @line@; border-right: 1px solid @line@;
}
TimelineView QHeaderView::section:first { padding-left: 16px; }
QHeaderView::section:last { border-right: none; }
QTableCornerButton::section { background: @panel@; border: none; }

QWidget#requestDetails, QWidget#errorsColumn, QWidget#errorHead,
QWidget#detailsFields { background: @base@; }
QScrollArea#detailsScroll, QScrollArea#requestOverview, QScrollArea#requestTiming {
    background: @base@; border: none;
}
QWidget#timingBars { background: @base@; }
QWidget#watchList, QWidget#watchGridHolder, QWidget#watchAnswer, QWidget#watchContent,
QScrollArea#watchScroll, QScrollArea#watchGridArea { background: @base@; }
QListView#watchView { background: @base@; border: none; outline: 0; }
QPushButton[look="icon"]:checked, QPushButton[look="quiet"]:checked { background: @tint@; }
QWidget#outputBar { background: @base@; border-bottom: 1px solid @line@; }
QLabel#outputCount, QLabel#outputDropped { color: @muted@; }
QWidget#paneBar { background: @panel@; border-bottom: 1px solid @line@; }
QWidget#detailsBar { background: @base@; border-bottom: 1px solid @line@; }
QWidget#detailsBar KeyButton { padding: 3px 8px; }
QLabel#sectionTitle { color: @muted@; font-weight: 600; padding: 2px 0; }
QSplitter::handle { background: @line@; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: @accent@; }

QFrame#messageLine { border: none; }
QFrame#messageRow, QFrame#latestError {
    border: none; border-left: 3px solid @danger@; background: @danger_ground@;
}
QFrame#messageRow[tone="warning"] {
    border-left-color: @warning@; background: @warning_ground@;
}
QFrame#messageRow[tone="info"], QFrame#messageRow[tone="good"], QFrame#messageRow[tone="busy"] {
    border-left-color: @accent@; background: @tint@;
}
QFrame#waitLine { border: none; background: @panel@; border-top: 1px solid @line@; }
QLabel#waitElapsed, QLabel#waitDetail { color: @muted@; }
QLabel#waitPlace { color: @yours@; }
QLabel#messageText, QLabel#latestErrorTitle { color: @danger@; }
QLabel#messageText[tone="warning"] { color: @warning@; }
QLabel#messageText[tone="info"], QLabel#messageText[tone="busy"] { color: @link@; }
QLabel#messageText[tone="good"] { color: @good@; }
QLabel#messageDetail { color: @soft@; }
QLabel#latestErrorPlace { color: @yours@; }
QListView#messagesView {
    background: @panel@; border: none; border-top: 1px solid @line@; outline: 0;
    selection-background-color: @selection@; selection-color: @text@;
}
QListView#messagesView::item { padding: 4px 12px; min-height: 20px; }
QListView#messagesView::item:hover { background: @hover@; }
QListView#messagesView::item:selected { background: @selection@; color: @text@; }
QLabel#queriesFinding {
    border: none; border-left: 3px solid @warning@; background: @warning_ground@; color: @warning@;
    padding: 6px 10px 6px 13px;
}
QFrame#flowFinding {
    border: none; border-left: 3px solid @warning@; background: @warning_ground@;
}
QLabel#flowFindingText { color: @warning@; }
QLabel#flowFindingPlace { color: @yours@; }
QLabel#flowFindingTime { color: @soft@; }
QFrame#flowFailure { border: none; border-left: 3px solid @danger@; background: @danger_ground@; }
QFrame#flowFailure[tone="warning"] {
    border-left-color: @warning@; background: @warning_ground@;
}
QFrame#flowFailure QLabel { color: @danger@; }
QFrame#flowFailure[tone="warning"] QLabel { color: @warning@; }
QWidget#flowPage { background: @base@; }
QWidget#learnPanel, QWidget#learnPage, QScrollArea#learnScroll { background: @panel@; }
QPushButton[look="toggle"] { padding: 4px 10px; }
QPushButton[look="toggle"]:focus { padding: 3px 9px; }
QPushButton[look="toggle"]:checked {
    background: @selection@; color: @text@; border-color: @accent@;
}
QLabel#exposureLabel {
    color: @warning@; background: @warning_ground@; border-radius: 5px; padding: 3px 8px;
}

QPushButton#debuggerPin { color: @muted@; padding: 0 6px; min-height: 16px; }
QStatusBar { background: @ground@; border-top: 1px solid @line@; color: @muted@; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted@; padding: 0 11px; }
QStatusBar QPushButton[look="line"] { color: @muted@; padding: 0 8px 4px 8px; min-height: 16px; }

QMenu { background: @panel@; border: 1px solid @edge@; padding: 5px; }
QMenu::item { padding: 5px 28px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection@; color: @text@; }
QMenu::item:disabled { color: @muted@; }
QMenu::separator { height: 1px; background: @line@; margin: 5px 8px; }
QMenu::icon { padding-left: 8px; }
QToolTip { background: @panel@; color: @text@; border: 1px solid @edge@; padding: 4px 6px; }

QFrame#undoToast { background: @text@; border-radius: 6px; }
QFrame#undoToast QLabel { color: @base@; }
QPushButton#undoButton {
    background: transparent; border: 1px solid transparent; color: @base@; font-weight: 600;
}
QPushButton#undoButton:hover { border-color: @base@; }
QFrame#commandPalette { background: @base@; border: 1px solid @edge@; border-radius: 10px; }
QLineEdit#paletteField, QLineEdit#paletteField:focus {
    background: transparent; border: none; padding: 0; border-radius: 0;
}
QListView#paletteView { background: @base@; border: none; outline: 0; padding: 4px 5px; }
QLabel#paletteFoot {
    background: @panel@; color: @muted@; border-top: 1px solid @line@; padding: 8px 18px;
    border-bottom-left-radius: 9px; border-bottom-right-radius: 9px;
}

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: @edge@; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: @muted@; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
