"""What is written about each documented step, in each language, and where its code is."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from launcher.core import learn
from launcher.core.learn import ENGLISH, STEPS, find_source, languages, texts

CHINESE = "zh_CN"
ENDS = {ENGLISH: re.compile(r"[.!?](?=\s|$)"), CHINESE: re.compile("[\u3002\uff01\uff1f]")}
# As the flow of a request is documented, from the connection to the teardown.
DOCUMENTED = (
    "handle", "handle_one_request", "parse_request", "run_wsgi", "make_environ", "app", "wsgi_app",
    "request_context", "preprocess_request", "hook", "dispatch_request", "view", "make_response",
    "process_response", "start_response", "write", "first byte", "last byte", "teardown",
    "middleware",
)  # fmt: skip


def test_every_documented_step_is_there() -> None:
    assert set(DOCUMENTED) <= STEPS.keys()
    for language in languages():
        written = texts(language)
        assert written.hovers.keys() == written.texts.keys() == STEPS.keys()
        assert written.words.keys() == texts(ENGLISH).words.keys()
        assert all(written.words.values())


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", STEPS)
def test_one_sentence_to_hover_and_three_or_four_to_learn(language: str, key: str) -> None:
    written = texts(language)
    assert len(ENDS[language].findall(written.hovers[key])) == 1
    assert 3 <= len(ENDS[language].findall(written.texts[key])) <= 4
    for text in (written.hovers[key], written.texts[key]):
        assert text == text.strip()
        assert ENDS[language].search(text[-1])
        chinese = bool(re.search("[\u4e00-\u9fff]", text))
        assert chinese == (language == CHINESE)
        if chinese:
            # Between Chinese characters, punctuation is Chinese, too.
            assert not re.search("[\u4e00-\u9fff][,.;:!?]|[,;:!?][\u4e00-\u9fff]", text)


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.key)
def test_the_code_is_where_it_is_meant_to_be(step: learn.Documented) -> None:
    found = find_source(step)
    assert found is not None
    path, line = found
    assert path.is_file()
    assert {"server", "framework"} & set(path.parts[-3:])
    words = path.read_text(encoding="utf-8").splitlines()[line - 1].split()
    # An overridden or decorated one would still be called so.
    assert words[0] in ("def", "class", "async") or words[0].startswith("@")
    names = {n.name for n in ast.walk(ast.parse(path.read_bytes())) if hasattr(n, "name")}
    assert set(step.name.split(".")) <= names


@pytest.mark.parametrize(
    "step", [step for step in STEPS.values() if step.flask], ids=lambda step: step.key
)
def test_todays_name_is_right(step: learn.Documented) -> None:
    names = step.flask.split(".")
    found: Any = None
    for length in range(len(names) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(names[:length]))
        except ImportError:
            continue
        for name in names[length:]:
            found = getattr(found, name)
        break
    assert callable(found)


def test_what_is_not_there_is_not_found(tmp_path: Any) -> None:
    for file, name in (
        ("server/handler.py", "WSGIRequestHandler.nothing"),
        ("server/handler.py", "handle.nothing"),
        ("server/missing.py", "A.b"),
        ("resources/icons/servedeck.svg", "A.b"),
    ):
        assert find_source(learn.Documented("x", file, name, "")) is None


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        ([], ENGLISH),
        (["C"], ENGLISH),
        (["de-DE", "en"], ENGLISH),
        (["en-US", "zh-CN"], ENGLISH),
        (["zh-Hans-CN", "en-US"], CHINESE),
        (["zh_CN.UTF-8"], CHINESE),
        (["ja-JP", "zh-CN"], CHINESE),
    ],
)
def test_the_language_follows_the_reader(locales: list[str], language: str) -> None:
    assert learn.language_for(locales) == language


def test_an_unknown_language_is_english() -> None:
    assert texts("fr").language == ENGLISH


def test_a_further_file_is_a_further_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for language in ("zh_CN", "de", ENGLISH, "zh_Hant_TW"):
        shutil.copy(learn.resource("learn", "en.json"), tmp_path / f"{language}.json")
    monkeypatch.setattr(learn, "resource", lambda _, *parts: tmp_path.joinpath(*parts))
    for cached in (languages, texts):
        cached.cache_clear()
    try:
        assert languages() == (ENGLISH, "de", "zh_CN", "zh_Hant_TW")
        assert texts("de").language == "de"
        assert learn.language_for(["de-AT"]) == "de"
        assert learn.language_for(["zh-Hant-TW", "zh-CN"]) == "zh_Hant_TW"
    finally:
        for cached in (languages, texts):
            cached.cache_clear()
