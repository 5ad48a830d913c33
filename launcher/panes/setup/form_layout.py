"""Where the fields of the set-up form stand: its sections, labels and the order of Tab. GUI thread.

What the fields mean is the form's own business.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from server.config import Option

from .fields import label
from .sections import Section, beside

if TYPE_CHECKING:
    from .form import SetupForm

__all__ = ["lay_out"]


def lay_out(form: SetupForm, options: Mapping[str, Option]) -> tuple[QLabel, QLabel]:
    """Put the form's fields into their sections.

    :returns: the labels of the number of processes and of the environment, which come and go
    """

    def named(option: str, text: str, field: QWidget) -> QLabel:
        return label(options[option], text, field, form)

    more = form.more
    app = Section("App", form)
    app.add_row(
        named("project", "Project &folder", form.project), beside(form.project, form.browse)
    )
    app.add_row(named("app", "&App", form.app), form.app)
    python = beside(form.python, form.browse_python)
    python.setStretch(0, 1)
    app.add_row(named("python", "&Interpreter", form.python), python)

    address = Section("Address", form)
    port = QHBoxLayout()
    port.setSpacing(8)
    port.addWidget(form.host, 1)
    port.addSpacing(6)
    port.addWidget(named("port", "&Port", form.port))
    form.port.setMinimumWidth(84)
    port.addWidget(form.port)
    address.add_row(named("host", "&Host", form.host), port)

    run = Section("Run", form)
    run.add_row(named("mode", "&Concurrency", form.mode), form.mode)
    processes_label = named("processes", "Pr&ocesses", form.processes)
    run.add_row(processes_label, form.processes)
    run.add_row(named("run_in", "Run i&n", more.run_in), more.run_in)

    switches = Section("Reload", form)
    for switch, words in (
        (form.debug, "Error pages with source and locals, and Flow"),
        (form.reload, "Loads the app anew on every save"),
    ):
        explanation = QLabel(words, form)
        explanation.setObjectName("muted")
        explanation.setTextFormat(Qt.TextFormat.PlainText)
        explanation.setWordWrap(True)
        switches.add_row(switch, explanation)

    environment = Section("Environment", form)
    environment.add_row(
        named("env_file", "Environment file", more.env_file),
        beside(more.env_file, more.browse_env),
    )
    env_label = named("env", "&Environment", more.env)
    environment.add_row(env_label, more.env)
    environment.add_row(None, form.add_button)

    advanced = Section("", form)
    advanced.add_whole(more)
    advanced.setProperty("last", True)
    column = QVBoxLayout(form)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for part in (app, address, run, switches, environment, advanced):
        column.addWidget(part)
    column.addWidget(form.remark)
    column.addStretch(1)
    order = [
        form.project, form.browse, form.app, form.python, form.browse_python, form.host,
        form.port, form.mode, form.processes, more.run_in, form.debug, form.reload,
        more.env_file, more.browse_env, more.env, form.add_button, *more.tab_order(),
    ]  # fmt: skip
    for before, after in pairwise(order):
        form.setTabOrder(before, after)
    return processes_label, env_label
