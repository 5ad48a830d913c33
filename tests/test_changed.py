"""Which tests `make check` runs for what has changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from changed import changed_files, related_tests

LAYERS = Path("tests/test_architecture.py")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "server/net/loop.py": "",
        "server/net/odd.py": "",
        "server/inner.py": "",
        "server/near.py": "",
        "server/top.py": "from . import near\nfrom .net.odd import x\n",
        "server/net/lead.py": "from ..near import x\n",
        "tests/server/net/test_loop.py": "from helper import x\n",
        "tests/server/net/test_lead.py": "",
        "tests/server/net/test_more.py": "from server.net import loop\n",
        "tests/server/net/test_other.py": "import server.top\n",
        "tests/server/helper.py": "x = 1\n",
        "tests/server/test_top.py": "",
        "tests/server/test_inside.py": "",
        "tests/test_architecture.py": "",
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("server/net/loop.py", ["server/net/test_loop.py", "server/net/test_more.py"]),
        ("server/top.py", ["server/test_top.py"]),
        ("server/net/odd.py", ["server/test_top.py"]),
        ("server/near.py", ["server/net/test_lead.py", "server/test_top.py"]),
        ("server/inner.py", ["server/test_inside.py", "server/test_top.py"]),
        ("tests/server/helper.py", ["server/net/test_loop.py"]),
        ("tests/server/test_top.py", ["server/test_top.py"]),
        ("tests/server/test_gone.py", []),
        ("README.md", []),
    ],
)
def test_tests_of_a_file(project: Path, changed: str, tests: list[str]) -> None:
    expected = [LAYERS, *(Path("tests") / name for name in tests)]
    assert related_tests([Path(changed)], project) == expected


def test_the_nearest_come_first(project: Path) -> None:
    (project / "tests" / "server" / "test_a.py").write_text("from server import top\n")
    expected = [LAYERS, Path("tests/server/test_top.py"), Path("tests/server/test_a.py")]
    assert related_tests([Path("server/top.py")], project) == expected


def test_what_git_sees(project: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=x", "-c", "user.email=x@y")
        subprocess.run(["git", *who, *arguments], cwd=project, check=True, timeout=30)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "all")
    assert changed_files(project) == []
    (project / "server" / "top.py").write_text("changed = True\n")
    (project / "server" / "new one.py").write_text("")
    assert changed_files(project) == [Path("server/top.py"), Path("server/new one.py")]


@pytest.mark.parametrize(("until", "outcome"), [(1, "1 skipped"), (10**11, "1 passed")])
def test_no_test_begins_later(tmp_path: Path, until: int, outcome: str) -> None:
    for shared in ("conftest.py", "bounds.py"):
        text = (Path(__file__).parent / shared).read_text(encoding="utf-8")
        (tmp_path / shared).write_text(text, encoding="utf-8")
    (tmp_path / "test_one.py").write_text("def test_it():\n    assert True\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--begin-until", str(until)],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert outcome in done.stdout
