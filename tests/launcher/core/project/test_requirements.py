"""What a project says that it needs: every file is read, and only public names count."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.core.project.requirements import declared_names


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        (
            "requirements-dev.txt",
            "# ours\nFlask>=2 ; python_version > '3'\n-r base.txt\nSome_Thing[x]==1 # why\n",
            {"flask", "some-thing"},
        ),
        ("requirements/base.in", "flask\n", {"flask"}),
        ("requirements.txt", "--extra-index-url https://inner.example/simple\nflask\n", set()),
        ("requirements.txt", "-i https://pypi.org/simple\nflask\n", {"flask"}),
        ("requirements.txt", "mine @ git+https://x.example/m\n./local\n-e ./mine\n", set()),
        (
            "pyproject.toml",
            """
            [project]
            name = "shop"
            dependencies = ["Flask[async]>=3", "mine @ https://x.example/mine.whl"]
            [project.optional-dependencies]
            db = ["SQLAlchemy"]
            [dependency-groups]
            dev = ["pytest", {include-group = "lint"}]
            lint = ["ruff"]
            """,
            {"flask", "sqlalchemy", "pytest", "ruff"},
        ),
        (
            "pyproject.toml",
            """
            [tool.poetry.dependencies]
            python = "^3.9"
            flask = "^3"
            mine = {path = "../mine"}
            theirs = {version = "1", source = "inner"}
            both = [{version = "1"}, {git = "https://x.example/m"}]
            [tool.poetry.group.dev.dependencies]
            pytest = "*"
            """,
            {"flask", "pytest"},
        ),
        (
            "pyproject.toml",
            """
            [project]
            dependencies = ["flask", "mine"]
            [tool.uv.sources]
            mine = {workspace = true}
            """,
            {"flask"},
        ),
        (
            "pyproject.toml",
            """
            [project]
            dependencies = ["flask"]
            [[tool.uv.index]]
            url = "https://inner.example/simple"
            """,
            set(),
        ),
        ("pyproject.toml", "[tool.pdm.dev-dependencies]\ntest = ['pytest']\n", {"pytest"}),
        (
            "uv.lock",
            """
            [[package]]
            name = "flask"
            source = { registry = "https://pypi.org/simple" }
            [[package]]
            name = "shop"
            source = { editable = "." }
            [[package]]
            name = "inner"
            source = { registry = "https://inner.example/simple" }
            """,
            {"flask"},
        ),
        (
            "poetry.lock",
            """
            [[package]]
            name = "Flask"
            [[package]]
            name = "inner"
            [package.source]
            type = "legacy"
            url = "https://inner.example/simple"
            """,
            {"flask"},
        ),
        (
            "pdm.lock",
            """
            [[package]]
            name = "flask"
            [[package]]
            name = "mine"
            git = "https://x.example/m"
            """,
            {"flask"},
        ),
        (
            "Pipfile",
            """
            [[source]]
            url = "https://pypi.org/simple"
            [packages]
            flask = "*"
            mine = {path = "."}
            [dev-packages]
            pytest = "*"
            """,
            {"flask", "pytest"},
        ),
        (
            "Pipfile.lock",
            '{"_meta": {"sources": [{"url": "https://pypi.org/simple"}]},'
            ' "default": {"flask": {"index": "pypi"}, "mine": {"git": "x"}}, "develop": {}}',
            {"flask"},
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    flask>=2\n"
            "[options.extras_require]\ndb = sqlalchemy\n",
            {"flask", "sqlalchemy"},
        ),
        ("pyproject.toml", "[project\n", set()),
        ("Pipfile.lock", "[1", set()),
        ("setup.cfg", "x\n", set()),
        ("pyproject.toml", "project = 3\ntool = [1]\n", set()),
        ("uv.lock", "package = 3\n", set()),
    ],
)
def test_the_files(tmp_path: Path, name: str, text: str, names: set[str]) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    assert declared_names(tmp_path) == names


def test_a_name_that_comes_from_elsewhere_in_one_file_is_not_known(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    app = tmp_path / "app"
    app.mkdir()
    (app / "requirements.txt").write_text("flask\nmine\n")
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "mine"\nsource = { git = "x" }\n')
    assert declared_names(app) == {"flask"}
