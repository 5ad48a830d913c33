"""Templates that a request renders, and what those include."""

from __future__ import annotations

import asyncio
import sys
import traceback
from pathlib import Path

import django.template.base
import jinja2
import pytest
from spankit import recorded_request, request

import server.flow
from server.facts.span import TEMPLATE
from server.flow.libraries import recorded_libraries

OURS = str(Path(server.flow.__file__).parent)
PAGES = {
    "base.html": "<{% block body %}{% endblock %}>",
    "page.html": "{% extends 'base.html' %}{% block body %}{% include 'part.html' %}{% endblock %}",
    "part.html": "{{ word }}",
    "bad.html": "\n{{ 1 / 0 }}",
}


@pytest.mark.parametrize("is_async", [False, True])
def test_jinjas_templates_and_what_they_contain(is_async):
    environment = jinja2.Environment(loader=jinja2.DictLoader(PAGES), enable_async=is_async)
    with recorded_request() as found:
        template = environment.get_template("page.html")
        assert template.render(word="hello") == "<hello>"
        if is_async:
            assert asyncio.run(template.render_async(word="again")) == "<again>"
        else:
            assert "".join(template.generate(word="again")) == "<again>"
    names = ["page.html", "base.html", "part.html"]
    assert found.labels(TEMPLATE) == names * 2
    outer, middle, inner, *_ = found.of(TEMPLATE)
    assert outer.start <= middle.start <= inner.start
    assert inner.start + inner.duration <= outer.start + outer.duration
    assert (outer.file, outer.error) == (__file__, "")


def test_a_template_without_a_name_and_one_that_is_left_early():
    with recorded_request() as found:
        parts = jinja2.Template("{% for n in [1, 2, 3] %}{{ n }}{% endfor %}").generate()
        assert next(parts) == "1"
        parts.close()
    (span,) = found.of(TEMPLATE)
    assert (span.label, span.error) == ("<template>", "")


def test_what_a_template_of_jinjas_raises():
    environment = jinja2.Environment(loader=jinja2.DictLoader(PAGES))
    with recorded_request() as found, pytest.raises(ZeroDivisionError) as caught:
        environment.get_template("bad.html").render()
    assert found.of(TEMPLATE)[0].error == "ZeroDivisionError: division by zero"
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    if sys.version_info >= (3, 11):
        assert not [file for file in files if file.startswith(OURS)]
    assert "bad.html" in [Path(file).name for file in files] or "<template>" in files


def test_templates_loaded_before_are_recorded_and_are_themselves_again():
    template = jinja2.Template("hello")
    own = dict(vars(template))
    with recorded_libraries():
        with request() as found:
            assert template.render() == "hello"
        loaded = jinja2.Template("loaded meanwhile")
        loaded.root_render_func = loaded.root_render_func
    assert found.labels(TEMPLATE) == ["<template>"]
    assert vars(template) == own
    assert "root_render_func" not in vars(jinja2.Template)
    assert loaded.render() == "loaded meanwhile"
    with pytest.raises(AttributeError):
        object.__new__(jinja2.Template).root_render_func()


def test_djangos_templates_and_what_they_include():
    engine = django.template.Engine(loaders=[("django.template.loaders.locmem.Loader", PAGES)])
    with recorded_request() as found:
        text = engine.render_to_string("page.html", {"word": "hello"})
    assert text == "<hello>"
    assert found.labels(TEMPLATE) == ["page.html", "part.html"]


def test_it_is_taken_back():
    before = django.template.base.Template.render
    with recorded_libraries():
        assert django.template.base.Template.render is not before
    assert django.template.base.Template.render is before


@pytest.mark.parametrize("is_async", [False, True])
def test_a_template_that_is_rendered_after_its_request_is_no_span(is_async):
    environment = jinja2.Environment(loader=jinja2.DictLoader(PAGES), enable_async=is_async)
    good, bad = (environment.get_template(name) for name in ("part.html", "bad.html"))

    async def parts(rendered):
        return "".join([part async for part in rendered])

    def text(render, template):
        rendered = render(template.new_context({"word": "late"}))
        return asyncio.run(parts(rendered)) if is_async else "".join(rendered)

    with recorded_request() as found:
        renders = [template.root_render_func for template in (good, bad)]
    assert text(renders[0], good) == "late"
    with pytest.raises(ZeroDivisionError):
        text(renders[1], bad)
    assert found.spans == ()


def test_the_function_of_a_template_is_an_attribute_as_before():
    template = jinja2.Template("x")
    with recorded_request():
        render = vars(template)["root_render_func"]
        del template.root_render_func
        with pytest.raises(AttributeError, match="root_render_func"):
            del template.root_render_func
        assert not hasattr(template, "root_render_func")
        template.root_render_func = render
    assert template.render() == "x"
