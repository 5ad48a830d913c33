"""The Output tab of a request: its lines in the colours that it gave them; GUI thread only."""

from __future__ import annotations

from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QVBoxLayout, QWidget

from launcher.core.ansi import Style
from launcher.core.bodies.layout import LONGEST_LINE, Page, Run
from launcher.core.display import plural
from launcher.core.logs.output import OutputLog
from launcher.core.logs.request_output import RequestOutput
from launcher.panes.details.code_view import CodeView
from launcher.panes.table.look import Look
from launcher.panes.table.styles import Styles

__all__ = ["OutputPage"]


class OutputPage(QWidget):
    """The lines that were printed and logged while a request ran."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("requestOutputPage")
        self._shown = RequestOutput()
        self.view = _OutputText("requestOutput", "Output of this request")
        self.view.set_hint("No output", "This request has printed and logged nothing.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 0, 0)
        layout.addWidget(self.view)

    def show_output(self, output: RequestOutput) -> None:
        """Show another output, or more of the same."""
        if output is not self._shown:
            self._shown = output
            self.view.show_output(output)

    def recolour(self) -> None:
        """Take the colours of the theme anew."""
        self.view.recolour()


class _OutputText(CodeView):
    """What was written, as a terminal without a screen would show it."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(name, accessible, parent)
        self._named: dict[str, Style] = {}
        self._styles: Styles | None = None

    def show_output(self, output: RequestOutput) -> None:
        """Show another output."""
        self._named.clear()
        lines: list[str] = []
        runs: list[tuple[Run, ...]] = []
        log = OutputLog()
        log.write("stdout", output.text)
        for line in log:
            for start in range(0, max(1, len(line.text)), LONGEST_LINE):
                end = min(start + LONGEST_LINE, len(line.text))
                lines.append(line.text[start:end])
                runs.append(
                    tuple(
                        Run(max(run.start, start) - start,
                            min(run.end, end) - max(run.start, start), self._name(run.style))
                        for run in line.runs
                        if run.start < end and run.end > start
                    )
                )  # fmt: skip
        if output.left_out:
            lines.append(f"\u2026 {plural(output.left_out, 'character')} more: see Output")
            runs.append(())
        self.show_page(Page(tuple(lines), tuple(runs) if any(runs) else ()))

    def recolour(self) -> None:
        self._styles = None
        super().recolour()

    def format_of(self, kind: str) -> QTextCharFormat:
        if self._styles is None:
            self._styles = Styles(Look(self.palette(), self.devicePixelRatioF()))
        return self._styles.format(self._named[kind], "text")

    def _name(self, style: Style) -> str:
        """What stands for a style in the runs of the page."""
        name = f"{style.fg} {style.bg} {style.flags}"
        self._named[name] = style
        return name
