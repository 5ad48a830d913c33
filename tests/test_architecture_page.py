"""docs/architecture.md names files and what is in them: all of it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
# A file or folder in backticks, and the names that follow it up to the next one or the line's end.
_NAMED = re.compile(r"`((?:server|framework|launcher|tests)/[\w/.]*)`")


def named() -> list[tuple[str, str]]:
    """Every file that the page names, and the names beside it on its line."""
    found = []
    for line in PAGE.splitlines():
        parts = _NAMED.split(line)
        for path, after in zip(parts[1::2], parts[2::2], strict=True):
            found += [(path, name) for name in re.findall(r"`(\w+)`", after)] or [(path, "")]
    return found


def test_the_page_names_files_that_exist() -> None:
    missing = {path for path, _ in named() if not (ROOT / path).exists()}
    assert not missing
    assert len({path for path, _ in named()}) > 40


def test_the_picture_of_the_layers_has_what_is_there() -> None:
    picture = PAGE.split("```")[1]
    found = []
    for line in picture.splitlines():
        folder = ROOT
        for path in re.findall(r"(?:(?:server|launcher)/(?:\w+/)*)?(?:\w+\.py)?", line):
            if "/" in path:
                folder = (ROOT / path).parent
                found.append(ROOT / path)
            elif path:
                found.append(folder / path)  # beside the one before it on its line
    assert [path for path in found if not path.exists()] == []
    assert len(found) > 25


def test_the_page_names_what_is_in_them() -> None:
    wrong = [
        f"{path}: {name}"
        for path, name in named()
        if name and (ROOT / path).is_file() and not _has(ROOT / path, name)
    ]
    assert not wrong


def _has(file: Path, name: str) -> bool:
    return re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) is not None


@pytest.mark.parametrize(
    "change",
    ["column of a known fact", "fact of a request", "option of the server", "framework", "event",
     "status tone", "pane", "debounce", "HTTP method", "editor", "history", "divider",
     "Several servers", "translation"],
)  # fmt: skip
def test_the_page_leads_to_the_files_of_a_change(change: str) -> None:
    how = PAGE.partition("## How to add")[2].partition("## Checks")[0]
    (paragraph,) = (part for part in how.split("\n\n**") if change in part.partition(":**")[0])
    assert 1 <= len(_NAMED.findall(paragraph)) <= 4


def test_the_readme_leads_to_it() -> None:
    assert "docs/architecture.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_decision_has_a_number_of_its_own() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name.partition("-")[0] for page in pages]
    assert numbers
    assert sorted(set(numbers)) == numbers
