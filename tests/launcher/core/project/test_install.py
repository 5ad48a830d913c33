"""Installing what is missing: the right name, the exact command, and a run that can be ended."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from environments import make_environment

from launcher.core.project.distributions import (
    guessed_distribution,
    known_distribution,
    name_in_traceback,
)
from launcher.core.project.install import Installation, InstallPlan, InstallResult, plan_install

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the layouts are those of Unix")


def write(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def make_python(prefix: Path, *packages: str, venv: bool = True) -> str:
    """An environment as tools leave it; its interpreter is this one."""
    python = prefix / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    if venv:
        write(prefix / "pyvenv.cfg", "home = /usr/bin\nversion = 3.11.4\n")
    for package in packages:
        (prefix / "lib" / "python3.11" / "site-packages" / package).mkdir(parents=True)
    return str(python)


def plan(module: str, python: str, project: Path, **environ: str) -> InstallPlan:
    made = plan_install(module, python, project, environ=environ)
    assert made is not None
    return made


# Names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("yaml", "PyYAML"),
        ("PIL", "Pillow"),
        ("PIL.Image", "Pillow"),
        ("cv2", "opencv-python"),
        ("dotenv", "python-dotenv"),
        ("flask", "Flask"),
        ("flask_sqlalchemy", "Flask-SQLAlchemy"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("mysql.connector.pooling", "mysql-connector-python"),
        ("requests", "requests"),
        ("bson", "pymongo"),
        ("grpc", "grpcio"),
        ("google.cloud.bigquery", "google-cloud-bigquery"),
        ("google.cloud.storage.blob", "google-cloud-storage"),
        ("google", ""),
        ("google.cloud", ""),
        ("google.cloud.some_thing", ""),
        ("azure.identity", ""),
        ("some_thing.inner", ""),
        ("config", ""),
        ("utils", ""),
        ("settings", ""),
        ("reqeusts", ""),
        ("json", ""),
        ("distutils.core", ""),
        ("asyncore", ""),
        ("framework", ""),
        ("_private", ""),
        ("--index-url=http://evil", ""),
        ("a b", ""),
        ("a-b", ""),
        ("", ""),
        ("\u0455ix", ""),
    ],
)
def test_distributions(module: str, name: str) -> None:
    assert known_distribution(module) == name


@pytest.mark.parametrize(
    ("module", "declared", "name"),
    [
        ("cv2", {"opencv-python-headless"}, "opencv-python-headless"),
        ("psycopg2", {"psycopg2"}, "psycopg2"),
        ("our_thing.part", {"our-thing"}, "our-thing"),
        ("google.cloud.some_thing", {"google-cloud-some-thing"}, "google-cloud-some-thing"),
        ("google.cloud.some_thing", {"google", "google-cloud"}, ""),
        ("config", {"config"}, "config"),
    ],
)
def test_what_the_project_names_is_known(module: str, declared: set[str], name: str) -> None:
    assert known_distribution(module, declared) == name


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("google", ""),
        ("google.cloud", ""),
        ("google.cloud.some_thing", "google-cloud-some-thing"),
        ("azure.identity.aio", "azure-identity"),
        ("some_thing.inner", "some_thing"),
        ("json", ""),
    ],
)
def test_guesses(module: str, name: str) -> None:
    assert guessed_distribution(module) == name


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("from google.cloud import bigquery", "google.cloud.bigquery"),
        ("from google.cloud.bigquery import Client", "google.cloud.bigquery"),
        ("import google.cloud.storage as storage", "google.cloud.storage"),
        ("from google import protobuf", "google.protobuf"),
        ("from googles import x", "google"),
        ("", "google"),
    ],
)
def test_the_part_of_a_namespace_that_was_wanted(line: str, module: str) -> None:
    text = (
        f'  File "a.py", line 1, in <module>\n    import os\n    {line}\nModuleNotFoundError: x\n'
    )
    assert name_in_traceback("google", text) == module
    assert name_in_traceback("yaml", text) == "yaml"


# Plans -----------------------------------------------------------------------------------------


def test_the_command_of_a_virtual_environment(project: Path) -> None:
    python = make_python(project / ".venv", "pip")
    made = plan("yaml", python, project)
    assert made.argv == (python, "-m", "pip", "install", "PyYAML")
    assert made.command == f"{python} -m pip install PyYAML"
    assert (made.name, made.where, made.version, made.refusal) == ("PyYAML", ".venv", "3.11.4", "")
    assert made.explanation == f"yaml is not installed in .venv (Python 3.11.4, {python})."


def test_a_path_with_a_blank_is_shown_as_it_would_be_typed(tmp_path: Path) -> None:
    project = tmp_path / "my shop"
    project.mkdir()
    python = make_python(project / ".venv", "pip")
    assert plan("yaml", python, project).command.startswith(f"'{python}' -m pip")


def test_uv_where_there_is_no_pip(project: Path, tmp_path: Path) -> None:
    python = make_python(project / ".venv")
    uv = write(tmp_path / "tools" / "uv", "#!/bin/sh\n")
    uv.chmod(uv.stat().st_mode | stat.S_IXUSR)
    made = plan("yaml", python, project, PATH=str(uv.parent))
    assert made.argv == (str(uv), "pip", "install", "--python", python, "PyYAML")
    made = plan("yaml", python, project, PATH="")
    assert made.argv == ()
    assert made.refusal == (
        f"There is no pip in {project / '.venv'}: get it with "
        f"{python} -m ensurepip --upgrade, or install uv."
    )


def test_conda(project: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "envs" / "shop"
    python = make_python(prefix, "pip", venv=False)
    write(prefix / "conda-meta" / "python-3.11.4-h1_0.json")
    conda = write(tmp_path / "bin" / "conda")
    made = plan("PIL", python, project, CONDA_EXE=str(conda))
    assert made.argv == (str(conda), "install", "--yes", "--prefix", str(prefix), "pillow")
    assert made.where == "shop"
    made = plan("PIL", python, project, PATH="")
    assert made.argv == (python, "-m", "pip", "install", "Pillow")


def test_a_system_s_python_is_left_alone(project: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "usr"
    python = make_python(prefix, "pip", venv=False)
    write(prefix / "conda-meta" / "python-3.11.4-h1_0.json")  # so that nothing has to be run
    write(prefix / "lib" / "python3.11" / "EXTERNALLY-MANAGED")
    made = plan("yaml", python, project)
    assert made.argv == ()
    assert made.refusal.startswith(f"The packages of {python} belong to the system: make a virtual")
    assert f"{python} -m venv {project / '.venv'}" in made.refusal
    assert made.refusal.endswith(".")


def test_a_virtual_environment_of_a_system_s_python_is_not(project: Path) -> None:
    python = make_python(project / ".venv", "pip")
    write(project / ".venv" / "lib" / "python3.11" / "EXTERNALLY-MANAGED")
    assert plan("yaml", python, project).argv


def test_the_launchers_own(project: Path) -> None:
    made = plan("nothing_like_this", "", project)
    assert made.python == sys.executable
    assert made.where == "ServeDeck's own Python"
    assert "ServeDeck's own: an environment of the project" in made.refusal
    assert "ServeDeck's own: an environment of the project" in plan("zeep", "", project).warning


@pytest.mark.parametrize(
    "file",
    [
        "models.py",
        "models/__init__.py",
        "models/data.py",
        "src/models.py",
        "../models.py",
        "../models/data.py",
        "backend/models.py",
        "backend/models/__init__.py",
    ],
)
def test_nothing_is_offered_for_a_module_of_the_project(project: Path, file: str) -> None:
    python = make_python(project / ".venv", "pip")
    write(project.parent / ".git" / "HEAD")
    write(project / file)
    assert plan_install("models", python, project) is None
    assert plan_install("models.user", python, project) is None


def test_what_lies_around_a_project_is_not_the_projects(project: Path) -> None:
    python = make_python(project / ".venv", "pip")
    write(project.parent / "yaml.py")
    assert plan("yaml", python, project).name == "PyYAML"


def test_nothing_is_offered_for_a_part_of_a_package_that_is_there(project: Path) -> None:
    python = make_python(project / ".venv", "pip", "flask", "google")
    assert plan_install("flask.ext", python, project) is None
    assert plan("google.protobuf", python, project).name == "protobuf"


@pytest.mark.parametrize("module", ["json", "os.nothing", "-r", ""])
def test_nothing_is_offered_for_what_nobody_distributes(project: Path, module: str) -> None:
    python = make_python(project / ".venv", "pip")
    assert plan_install(module, python, project) is None


def test_nothing_is_offered_for_an_interpreter_that_is_broken(project: Path) -> None:
    assert plan_install("yaml", str(project / "no" / "bin" / "python"), project) is None


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("config", "config is often a module of the project's own"),
        ("reqeusts", "Did you mean requests?"),
        ("our_thing", "Which package brings our_thing is not known for sure."),
    ],
)  # fmt: skip
def test_a_guess_is_shown_and_never_run(project: Path, module: str, expected: str) -> None:
    python = make_python(project / ".venv", "pip")
    made = plan(module, python, project)
    assert made.argv == ()
    assert made.command == f"{python} -m pip install {module}"
    assert made.refusal.startswith(expected)
    with pytest.raises(ValueError, match="nothing to run"):
        Installation(made)


def test_a_namespace_is_no_package(project: Path) -> None:
    python = make_python(project / ".venv", "pip")
    made = plan("google", python, project)
    assert (made.argv, made.typed) == ((), ())
    assert "Many packages share the name google" in made.refusal
    made = plan("google.cloud.some_thing", python, project)
    assert made.argv == ()
    assert made.command.endswith(" install google-cloud-some-thing")


def test_what_the_project_declares_is_installed(project: Path) -> None:
    python = make_python(project / ".venv", "pip")
    write(project / "requirements.txt", "Our.Thing>=2\n")
    assert plan("our_thing", python, project).argv[-1] == "our-thing"


def test_a_python_that_is_no_environment_is_warned_of(project: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "versions" / "3.11.4"
    library = prefix / "lib" / "python3.11" / "site-packages"
    python = make_python(prefix, "pip", venv=False)
    assert library.is_dir()
    made = plan("yaml", python, project)
    assert made.argv
    assert made.warning.startswith(f"{python} is no virtual environment")
    assert plan("yaml", make_python(project / ".venv", "pip"), project).warning == ""


def test_another_interpreter_of_the_project_that_has_it_comes_first(
    project: Path, tmp_path: Path
) -> None:
    used = make_python(tmp_path / "elsewhere", "pip")
    good = make_python(project / "venv", "flask")
    make_python(project / ".venv")
    made = plan("flask", used, project)
    assert (made.better, made.better_where) == (good, "venv")
    assert made.argv == ()
    assert plan("yaml", used, project).better == ""


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"uv.lock": "version = 1"}, "uv sync"),
        ({"pyproject.toml": "[tool.uv]\npackage = false"}, "uv sync"),
        ({"poetry.lock": ""}, "poetry install"),
        ({"pyproject.toml": '[tool.poetry]\nname = "shop"'}, "poetry install"),
        ({"pdm.lock": ""}, "pdm install"),
        ({"Pipfile": ""}, "pipenv install"),
    ],
)
def test_the_projects_own_tool_where_it_has_no_environment(
    project: Path, tmp_path: Path, files: dict[str, str], command: str
) -> None:
    for name, text in files.items():
        write(project / name, text)
    made = plan_install("flask", "", project, environ={}, home=tmp_path)
    assert made is not None
    assert (made.argv, made.command) == ((), command)
    name = command.partition(" ")[0]
    assert made.refusal.endswith(f"{command} makes it, but {name} is not in PATH.")
    tool = write(tmp_path / "tools" / name, "#!/bin/sh\n")
    tool.chmod(0o755)
    write(project / name, "#!/bin/sh\n").chmod(0o755)  # one of the project's is no tool
    path = os.pathsep.join([".", str(project), str(tool.parent)])
    made = plan_install("flask", "", project, environ={"PATH": path}, home=tmp_path)
    assert made is not None
    assert made.argv == (str(tool), *command.split()[1:])
    assert (made.tool, made.folder) == (command, str(project))
    make_python(project / ".venv", "pip")
    made = plan_install("flask", "", project, environ={"PATH": path}, home=tmp_path)
    assert made is not None
    assert made.tool == ""


# Running ---------------------------------------------------------------------------------------


def by_shell(script: str, project: Path) -> InstallPlan:
    return InstallPlan("thing", "Thing", "python", ".venv", argv=("/bin/sh", "-c", script))


def test_lines_come_one_by_one(project: Path) -> None:
    fifo = project / "go"
    os.mkfifo(fifo)
    lines: list[str] = []

    def take(line: str) -> None:
        lines.append(line)
        if line == "one":
            fifo.write_text("on")  # the command waits for it: so this line came before the end

    script = f"echo one; read x < {fifo}; echo two >&2; printf 'bad \\377\\n'"
    result = Installation(by_shell(script, project)).run(take)
    assert lines == ["one", "two", "bad \ufffd"]
    assert result.succeeded
    assert result.message == "Thing is installed in .venv."


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'ERROR: No such thing'; exit 1", "could not be installed: No such thing."),
        ("exit 7", "could not be installed: the command ended with status 7."),
    ],
)
def test_a_failure_shows_why(project: Path, script: str, expected: str) -> None:
    result = Installation(by_shell(script, project)).run(lambda line: None)
    assert not result.succeeded
    assert result.message == f"Thing {expected}"


def test_a_command_that_is_not_there(project: Path) -> None:
    gone = InstallPlan("thing", "Thing", "python", ".venv", argv=("/no/such/thing",))
    result = Installation(gone).run(print)
    assert result.message == "/no/such/thing can't be run: it is not there."


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (Installation.cancel, "The installation was cancelled."),
        (Installation.time_out, "It took too long and was ended."),
    ],
)
def test_it_can_be_ended_with_all_it_has_started(
    project: Path, end: Callable[[Installation], None], message: str
) -> None:
    begun, results = threading.Event(), list[InstallResult]()
    installation = Installation(by_shell("echo begun; sleep 300 & wait", project))
    thread = threading.Thread(
        target=lambda: results.append(installation.run(lambda line: begun.set()))
    )
    thread.start()
    assert begun.wait(30)
    end(installation)
    thread.join(30)
    assert [result.message for result in results] == [message]
    assert Installation.run(installation, print).succeeded is False


def test_nothing_to_run(project: Path) -> None:
    with pytest.raises(ValueError, match="nothing to run"):
        Installation(InstallPlan("a", "a", "python", ".venv", refusal="No."))


def tiny_wheel(folder: Path) -> None:
    """A distribution whose name differs from its module's, as PyYAML's does."""
    folder.mkdir()
    facts = "PyYAML-999.1.dist-info"
    with zipfile.ZipFile(folder / "PyYAML-999.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("yaml.py", "answer = 42\n")
        wheel.writestr(f"{facts}/METADATA", "Metadata-Version: 2.1\nName: PyYAML\nVersion: 999.1\n")
        wheel.writestr(
            f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{facts}/RECORD", f"yaml.py,,\n{facts}/METADATA,,\n{facts}/WHEEL,,\n")


def test_a_real_installation(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = str(make_environment(project / ".venv"))
    tiny_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "misleading"))
    made = plan("yaml", python, project)
    lines: list[str] = []
    result = Installation(made).run(lines.append)
    assert result.succeeded, lines
    assert any(line.startswith("Successfully installed PyYAML-999.1") for line in lines)
    done = subprocess.run(
        [python, "-c", "import yaml; print(yaml.answer)"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "42\n"
    result = Installation(plan("requests", python, project)).run(lines.append)
    assert not result.succeeded
    assert result.message == (
        "requests could not be installed: No matching distribution found for requests."
    )
