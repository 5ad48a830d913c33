"""Where the icons, the menu entry's template and the example apps are.

In a checkout they are in ``resources`` beside the package ``launcher``, in an installed wheel
inside of it. Plain functions without state; they may be called on any thread.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from launcher import APP_ID
from server.base.values import dataclass

__all__ = [
    "ICON_SIZES",
    "Example",
    "ResourceError",
    "example",
    "examples",
    "icon_file",
    "resource",
    "root",
]

ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)
"""The sizes, in pixels, in which the icon is there as a PNG."""

_PACKAGE = Path(__file__).resolve().parent.parent


class ResourceError(Exception):
    """A file that belongs to ServeDeck is not there: the installation is damaged."""


@cache
def root() -> Path:
    """The folder with all resources; it is looked for once."""
    for folder in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        # A folder of that name may be anybody's; the icon makes it ours.
        if (folder / "icons" / "servedeck.svg").is_file():
            return folder
    raise ResourceError(
        f"ServeDeck's resources are missing beside {_PACKAGE}: install ServeDeck again"
    )


def resource(*parts: str) -> Path:
    """The file or folder with this path below ``resources``."""
    path = root().joinpath(*parts)
    if not path.exists():
        raise ResourceError(f"{path} is missing: install ServeDeck again")
    return path


def icon_file(size: int | None = None) -> Path:
    """The icon as a PNG of one of ``ICON_SIZES``, or without a size as the SVG."""
    if size is None:
        return resource("icons", "servedeck.svg")
    return resource("icons", "hicolor", f"{size}x{size}", "apps", f"{APP_ID}.png")


def example(name: str = "hello.py") -> Path:
    """One of the example apps."""
    return resource("examples", name)


@dataclass(frozen=True)
class Example:
    """One of the example apps.

    :ivar name: short, unique, an identifier
    :ivar description: one sentence: what is to be seen
    :ivar project: the folder that it is imported from
    :ivar app: as ``ServerConfig.app`` takes it
    """

    name: str
    title: str
    description: str
    project: Path
    app: str

    @property
    def file(self) -> Path:
        """Where it is written."""
        return self.project / self.app


_EXAMPLES = (
    ("hello", "Hello, World!", "The smallest app there is: one route, one answer."),
    ("todo", "To-do list", "Templates, forms, and a session that lives in a signed cookie."),
    ("uploads", "Uploads", "Files come in under safe names, within limits, and go out again."),
    ("json_api", "JSON API", "A shelf of books to list, add, change and remove with curl."),
    ("streaming", "Streaming", "Answers that arrive piece by piece, server-sent events too."),
    ("failures", "Five failures", "Common mistakes, one by one, and what each error shows."),
)


def examples() -> list[Example]:
    """The example apps, the simplest first; they are all served by ServeDeck's own interpreter."""
    folder = resource("examples")
    return [
        Example(
            name,
            title,
            description,
            folder if (folder / f"{name}.py").is_file() else folder / name,
            f"{name}.py",
        )
        for name, title, description in _EXAMPLES
    ]
