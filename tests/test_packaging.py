"""The wheel: built, installed into an empty environment, and used from there.

It is installed without its dependencies. That is the sharper test: the version and the terminal
server have to work where neither Qt nor anything else is installed. That the dependencies it
declares are the ones that the other tests run with is checked on its metadata.
"""

from __future__ import annotations

import importlib.metadata
import os
import select
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
from environments import make_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import launcher
from launcher import APP_ID
from launcher.core.resources import ICON_SIZES

CHECKOUT = Path(__file__).resolve().parents[1]
NAMES = ("server", "framework", "launcher")

TINY_APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"from the wheel: " + environ["PATH_INFO"].encode("latin-1")]
"""


def clean_environ() -> dict[str, str]:
    """The environment without what could lead Python back into the checkout or this venv."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY")
    return {name: value for name, value in os.environ.items() if name not in dropped}


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed; what it printed."""
    result = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=110,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, so that building leaves nothing in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "checkout"
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in (*NAMES, "resources"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist"),
        cwd=copy,
    )
    (file,) = (folder / "dist").iterdir()
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    python = make_environment(folder / "venv")
    run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, cwd=folder)
    return python.parent


@pytest.fixture(scope="module")
def content(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def test_wheel_holds_all_packages_and_resources(content: list[str]) -> None:
    expected = {
        path.relative_to(CHECKOUT).as_posix()
        for name in (*NAMES, "resources")
        for path in (CHECKOUT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected -= {"resources/setup.sh", "resources/icons/render.py"}  # for the checkout only
    wanted = {f"launcher/{name}" if name.startswith("resources/") else name for name in expected}
    found = {name for name in content if ".dist-info/" not in name}
    assert found == wanted


def test_wheel_holds_icons_entry_and_examples(content: list[str]) -> None:
    for name in (
        "icons/servedeck.svg",
        *(f"icons/hicolor/{size}x{size}/apps/{APP_ID}.png" for size in ICON_SIZES),
        f"desktop/{APP_ID}.desktop.in",
        f"metainfo/{APP_ID}.metainfo.xml",
        "examples/hello.py",
        *(
            f"examples/{example}/{file}"
            for example in ("todo", "uploads", "json_api", "streaming", "failures")
            for file in (f"{example}.py", f"static/{example}.css")
        ),
        "examples/todo/templates/todo.html",
    ):
        assert f"launcher/resources/{name}" in content


def test_wheel_has_the_version_of_the_code(wheel: Path, metadata: Message) -> None:
    assert metadata["Version"] == launcher.__version__
    assert wheel.name == f"servedeck-{launcher.__version__}-py3-none-any.whl"


def test_declared_dependencies_are_what_the_tests_run_with(metadata: Message) -> None:
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    applying = [
        requirement
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": "dev"})
    ]
    names = {canonicalize_name(requirement.name) for requirement in applying}
    assert {"pyside6-essentials", "werkzeug", "cryptography", "pytest"} <= names
    for requirement in applying:
        version = importlib.metadata.version(requirement.name)
        assert requirement.specifier.contains(version, prereleases=True), str(requirement)


def test_environment_is_empty(installed: Path, tmp_path: Path) -> None:
    listed = run(installed / "python", "-m", "pip", "list", "--format=freeze", cwd=tmp_path)
    names = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert names - {"pip", "setuptools", "wheel"} == {"servedeck"}


@pytest.mark.parametrize("name", ["servedeck", "-m"])
def test_version(installed: Path, tmp_path: Path, name: str) -> None:
    command = ["servedeck"] if name == "servedeck" else ["python", "-m", "launcher"]
    shown = run(installed / command[0], *command[1:], "--version", cwd=tmp_path)
    assert shown == f"servedeck {launcher.__version__}\n"


def test_resources_are_found(installed: Path, tmp_path: Path) -> None:
    code = (
        "from launcher.core import resources\n"
        "print(resources.root())\n"
        "print(resources.example().read_text('utf-8'))\n"
        "assert all(resources.icon_file(size).exists() for size in resources.ICON_SIZES)\n"
        "assert len(resources.examples()) == 6\n"
        "assert all(example.file.exists() for example in resources.examples())\n"
    )
    root, *example = run(installed / "python", "-c", code, cwd=tmp_path).splitlines()
    assert Path(root).is_relative_to(installed.parent)
    assert "app = App(__name__)" in example


def test_desktop_entry_starts_the_installed_script(installed: Path, tmp_path: Path) -> None:
    code = (
        "from launcher.core.desktop import Paths, install\n"
        f"install(Paths.of_user({{'HOME': {str(tmp_path)!r}}}))\n"
    )
    run(installed / "python", "-c", code, cwd=tmp_path)
    entry = tmp_path / f".local/share/applications/{APP_ID}.desktop"
    assert f"TryExec={installed / 'servedeck'}\n" in entry.read_text("utf-8")


def test_serve(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.py").write_text(TINY_APP)
    with subprocess.Popen(
        [str(installed / "servedeck"), "serve", "tiny.py", "--port", "0"],
        cwd=tmp_path,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], 60)[0], "it printed nothing within 60 s"
            first_line = process.stdout.readline()
            urls = [word for word in first_line.split() if word.startswith("http://")]
            assert len(urls) == 1, first_line
            with urllib.request.urlopen(urls[0].rstrip("/") + "/hello", timeout=30) as answer:
                assert (answer.status, answer.read()) == (200, b"from the wheel: /hello")

            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=30)[0]
            assert process.returncode == 0, rest
            assert "Traceback" not in rest
        finally:
            process.kill()  # nothing happens when it has ended
