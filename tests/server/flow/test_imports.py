"""What is done after an import, and that the import is as it was."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import zipfile

import pytest

from server.flow import spans
from server.flow.imports import after_imports
from server.flow.libraries import UnknownVersion, recorded_libraries


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to import from; what is imported from it is forgotten."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


class Shop:
    """Stands for a module of ``server/flow/libraries``."""

    AFTER = "spanshop"

    def __init__(self, fault=None):
        self.fault = fault

    def install(self, module, patches):
        patches.attribute(module, "sell", lambda: "recorded")
        if self.fault is not None:
            raise self.fault


def test_a_module_is_seen_right_after_its_import(folder):
    (folder / "spanshop.py").write_text("def sell(): return 'plain'\n")
    (folder / "user.py").write_text("from spanshop import sell\n")
    with recorded_libraries((Shop(),)):
        import user

        assert user.sell() == "recorded"
        module = sys.modules["spanshop"]
        assert "exec_module" not in vars(module.__loader__)
        assert module.__spec__.loader is module.__loader__
    assert module.sell() == "plain"


def test_one_that_is_there_is_seen_at_once_and_a_new_one_again(folder):
    (folder / "spanshop.py").write_text("def sell(): return 'plain'\n")
    import spanshop

    with recorded_libraries((Shop(),)):
        assert spanshop.sell() == "recorded"
        del sys.modules["spanshop"]
        second = importlib.import_module("spanshop")
        assert second is not spanshop
        assert second.sell() == "recorded"
    assert (spanshop.sell(), second.sell()) == ("plain", "plain")


def test_an_import_that_fails_fails_as_it_did(folder):
    (folder / "spanshop.py").write_text("raise LookupError('by itself')\n")
    with recorded_libraries((Shop(),)):
        with pytest.raises(LookupError, match="by itself"):
            importlib.import_module("spanshop")
        with pytest.raises(LookupError, match="by itself"):
            importlib.import_module("spanshop")
    with recorded_libraries((Shop(),)), pytest.raises(ModuleNotFoundError):
        importlib.import_module("spanshop_of_nobody")


def test_looking_for_a_module_does_not_count_as_an_import(folder):
    (folder / "spanshop.py").write_text("def sell(): return 'plain'\n")
    with recorded_libraries((Shop(),)):
        spec = importlib.util.find_spec("spanshop")
    assert spec.origin == str(folder / "spanshop.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # after the end
    assert module.sell() == "plain"


def test_modules_in_an_archive(tmp_path, monkeypatch):
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("spanshop.py", "import spanother\ndef sell(): return 'plain'\n")
        out.writestr("spanother.py", "")
    monkeypatch.syspath_prepend(str(archive))
    with recorded_libraries((Shop(),)):
        import spanshop

        assert spanshop.sell() == "recorded"
        assert "exec_module" not in vars(spanshop.__loader__)
    del sys.modules["spanshop"], sys.modules["spanother"]


def test_an_unknown_version_is_left_alone_and_logged_once(folder, caplog):
    (folder / "spanshop.py").write_text("def sell(): return 'plain'\n")
    fault = UnknownVersion("What spanshop 9 does is not recorded: this version isn't known.")
    with recorded_libraries((Shop(fault),)):
        import spanshop

        assert spanshop.sell() == "plain"
    assert [record.getMessage() for record in caplog.records] == [str(fault)]


def test_a_hook_that_fails_changes_nothing(folder, caplog, monkeypatch):
    monkeypatch.setattr(spans, "_problems", set())
    (folder / "spanshop.py").write_text("def sell(): return 'plain'\n")
    with recorded_libraries((Shop(RuntimeError("ours")),)):
        import spanshop

        assert spanshop.sell() == "plain"
    assert "RuntimeError: ours" in caplog.text


def test_what_the_app_does_with_the_finders_is_its_affair():
    before = list(sys.meta_path)
    with after_imports((), lambda name, module: None):
        sys.meta_path[:] = before
    assert sys.meta_path == before
    with after_imports((), lambda name, module: None):
        importlib.invalidate_caches()
    assert sys.meta_path == before


def test_a_name_that_nobody_finds_and_a_loader_of_several_modules(folder):
    """One loader may stand for many modules: what is imported with it meanwhile is another one."""
    seen = []
    (folder / "spanshop.py").write_text("def sell(): return 'plain'\n")
    with after_imports({"spanshop", "spanshop_none"}, lambda name, module: seen.append(name)):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("spanshop_none")
        spec = importlib.util.find_spec("spanshop")
        other = importlib.util.module_from_spec(spec)
        other.__name__ = "spanshop_other"
        with pytest.raises(ImportError, match="cannot handle"):
            spec.loader.exec_module(other)
        assert seen == []
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert seen == ["spanshop"]
