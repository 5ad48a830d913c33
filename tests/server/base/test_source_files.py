"""server.base.source_files: a project's own Python files."""

from __future__ import annotations

from pathlib import Path

from server.base.source_files import python_files


def test_own_files_only(tmp_path: Path) -> None:
    own = ["app.py", "shop/views.py"]
    others = [
        "shop/page.html", ".git/hook.py", "node_modules/x.py", "__pycache__/app.py",
        "env/lib/site.py", "vendor/site-packages/y.py",
    ]  # fmt: skip
    for name in [*own, *others, "env/pyvenv.cfg"]:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    found = {Path(name).relative_to(tmp_path).as_posix() for name in python_files(str(tmp_path), 9)}
    assert found == set(own)
    assert len(list(python_files(str(tmp_path), 1))) == 1
