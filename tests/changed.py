"""Prints the test files that belong to what has changed since the last commit, for ``make check``.

A source file's tests are those at the same place below ``tests/``, and those beside them that
import it; without either, those of the files that import it; without these, all tests of its room.
A changed test file, or a helper that test files import, stands for itself. The nearest come first,
as ``make check`` runs as many of them as half a minute allows.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("server", "framework", "launcher", "benchmarks")
LAYERS = "test_architecture.py"


def changed_files(root: Path) -> list[Path]:
    """What git sees as changed, or as new and not ignored, since the last commit."""
    found: list[Path] = []
    for command in (
        ["git", "diff", "--name-only", "-z", "HEAD"],
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
    ):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
        found += [Path(name) for name in done.stdout.split("\0") if name]
    return found


def related_tests(changed: Iterable[Path], root: Path) -> list[Path]:
    """The test files to run for changed files, nearest first; all paths but ``root`` are relative.

    Nearest are changed tests and those at the same place as a changed file. The layers' are always
    among them, and first: where there are two workers, one of them has these.
    """
    near: set[Path] = {Path("tests") / LAYERS}
    chosen: set[Path] = set()
    for file in changed:
        if file.suffix == ".py" and file.parts[0] in PACKAGES:
            near.update(_mirrored(file, root))
            chosen.update(_tests_of_source(file, root))
        elif file.suffix == ".py" and file.parts[0] == "tests":
            near.update([file] if file.name.startswith("test_") else [])
            chosen.update(_tests_of_test(file, root))
    order = sorted(near | chosen, key=lambda test: (test not in near, test.name != LAYERS, test))
    return [file for file in order if (root / file).is_file()]


def _tests_of_source(file: Path, root: Path) -> Iterable[Path]:
    own = _own_tests(file, root)
    if own:
        return own
    users = list(_users(file, root))
    return (
        [test for user in users for test in _mirrored(user, root)]
        or [test for user in users for test in _own_tests(user, root)]
        or _test_files(root, _room(file, root))
    )


def _room(file: Path, root: Path) -> Path:
    """Where the tests of a source file are."""
    room = Path("tests") / file.parent
    while not (root / room).is_dir():
        room = room.parent
    return room


def _own_tests(file: Path, root: Path) -> list[Path]:
    """The tests at the same place, and those beside them that import the file."""
    room, module = _room(file, root), _module(file)
    found = [test for test in _test_files(root, room) if module in _imports(root / test, root)]
    return [*found, *_mirrored(file, root)]


def _mirrored(file: Path, root: Path) -> list[Path]:
    """The tests at the same place, in a list; an empty one where there are none."""
    mirrored = _room(file, root) / f"test_{file.stem}.py"
    return [mirrored] if (root / mirrored).is_file() else []


def _users(file: Path, root: Path) -> Iterator[Path]:
    """The source files of its package that import a file."""
    module = _module(file)
    for user in sorted((root / file.parts[0]).rglob("*.py")):
        if file.stem in user.read_text(encoding="utf-8") and module in _imports(user, root):
            yield user.relative_to(root)


def _module(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def _tests_of_test(file: Path, root: Path) -> Iterator[Path]:
    if file.name.startswith("test_"):
        yield file
    elif file.name == "conftest.py":
        yield from _test_files(root, file.parent)
    else:
        for test in (root / file.parent).rglob("test_*.py"):
            if file.stem in _imports(test, root):
                yield test.relative_to(root)


def _test_files(root: Path, room: Path) -> Iterator[Path]:
    return (file.relative_to(root) for file in (root / room).glob("test_*.py"))


def _imports(file: Path, root: Path) -> set[str]:
    """The dotted names that a file imports, also of what it takes out of them."""
    names: set[str] = set()
    package = file.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


if __name__ == "__main__":
    sys.stdout.write("".join(f"{file}\n" for file in related_tests(changed_files(ROOT), ROOT)))
