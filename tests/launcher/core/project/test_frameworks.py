"""The table of frameworks: one row says all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launcher.core.project import frameworks
from launcher.core.project.discovery import find_apps
from launcher.core.project.frameworks import FRAMEWORKS, Framework, kind_made_by, kind_of_method

LAUNCHER = Path(frameworks.__file__).parents[2]


def test_rows_do_not_contradict_each_other() -> None:
    kinds = [row.kind for row in FRAMEWORKS]
    makers = [maker for row in FRAMEWORKS for maker in row.makers]
    assert len(set(kinds)) == len(kinds)
    assert len(set(makers)) == len(makers)
    for row in FRAMEWORKS:
        assert not row.attribute or row.attribute_kind in kinds
        assert bool(row.factory_needs) == bool(row.factory_arguments)
        for maker in row.makers:
            assert kind_made_by(maker) == row.kind


@pytest.mark.parametrize(
    ("imports", "kind"),
    [({"pyramid.config"}, "pyramid"), ({"os", "prometheus_client"}, "wsgi"), (set(), "wsgi")],
)
def test_a_method_belongs_to_the_framework_that_is_imported(imports: set[str], kind: str) -> None:
    assert kind_of_method("make_wsgi_app", imports) == kind
    assert kind_of_method("run", imports) == ""


def test_another_framework_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Framework("morepath", "Morepath", makers=("morepath.App",))
    monkeypatch.setattr(frameworks, "_MAKERS", {**frameworks._MAKERS, "morepath.App": "morepath"})
    monkeypatch.setattr(frameworks, "FRAMEWORKS", (*FRAMEWORKS, row))
    monkeypatch.setitem(frameworks.BY_KIND, "morepath", row)
    (tmp_path / "app.py").write_text("import morepath\napp = morepath.App()\n")
    (candidate,) = find_apps(tmp_path)
    assert (candidate.spec, candidate.kind) == ("app:app", "morepath")
    assert candidate.reason == "Morepath app in app.py"


def test_no_other_module_names_a_framework() -> None:
    # Dash is also a word for a kind of line.
    names = re.compile("|".join(rf'"{kind}"' for kind in frameworks.INSTALLED if kind != "dash"))
    for file in (*LAUNCHER.glob("core/**/*.py"), *LAUNCHER.glob("panes/setup/*.py")):
        if file.name not in ("frameworks.py", "distributions.py"):
            assert not names.search(file.read_text(encoding="utf-8")), file
