"""templating.py: escaping, the standard context, filters, streaming."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, TemplateNotFound

from framework import (
    App,
    g,
    get_template_attribute,
    render_template,
    render_template_string,
    request,
    stream_template,
    stream_template_string,
)
from framework.signals import before_render_template, template_rendered


@pytest.fixture
def pages(app, tmp_path):
    folder = tmp_path / "templates"
    (folder / "a.html").write_text("{{ x }}")
    (folder / "a.txt").write_text("{{ x }}")
    (folder / "a.svg").write_text("{{ x }}")
    (folder / "macro.html").write_text("{% macro hi(n) %}hi {{ n }}{% endmacro %}")
    (folder / "import.html").write_text("{% from 'uses.html' import path %}{{ path() }}")
    (folder / "uses.html").write_text("{% macro path() %}{{ request.path }}{% endmacro %}")
    return app


def test_autoescape(pages):
    with pages.app_context():
        assert render_template("a.html", x="<") == "&lt;"
        assert render_template("a.svg", x="<") == "&lt;"
        assert render_template("a.txt", x="<") == "<"
        assert render_template_string("{{ x }}{{ x|safe }}", x="<") == "&lt;<"


def test_standard_context(pages):
    pages.add_url_rule("/u", endpoint="u")
    source = "{{ request.path }} {{ session.get('a') }} {{ g.b }} {{ config['TESTING'] }}"
    with pages.test_request_context("/p"):
        g.b = "b"
        assert render_template_string(source) == "/p None b False"
        assert render_template_string("{{ url_for('u') }}") == "/u"
        assert render_template_string("{{ get_flashed_messages() }}") == "[]"
        assert render_template("import.html") == "/p"
    with pages.app_context():
        g.b = "b"
        assert render_template_string("{{ g.b }}") == "b"
    with pytest.raises(RuntimeError, match="app_context"):
        render_template_string("x")


def test_first_template_that_exists(pages):
    with pages.app_context():
        assert render_template(["none.html", "a.html"], x=1) == "1"


def test_missing_template_shows_where_it_was_looked_for(pages, tmp_path):
    with pages.app_context(), pytest.raises(TemplateNotFound, match=str(tmp_path / "templates")):
        render_template("none.html")
    app = App("x", template_folder=None)
    with app.app_context(), pytest.raises(TemplateNotFound, match="no template folder is set"):
        render_template("none.html")
    assert "a.html" in pages.jinja_env.list_templates()


def test_loader_without_folders(app):
    app.jinja_loader = DictLoader({"d.html": "dict"})
    with app.app_context():
        assert render_template("d.html") == "dict"
        with pytest.raises(TemplateNotFound, match="DictLoader"):
            render_template("none.html")


def test_context_processors_do_not_overwrite(app):
    app.context_processor(lambda: {"a": "processor", "b": "processor"})
    with app.app_context():
        assert render_template_string("{{ a }} {{ b }}", a="view") == "view processor"


def test_filters_tests_globals(app):
    @app.template_filter
    def shout(text):
        return f"{text}!"

    @app.template_filter("loud")
    def other(text):
        return text.upper()

    @app.template_filter()
    def plain(text):
        return f"({text})"

    @app.template_test("big")
    def is_big(n):
        return n > 9

    @app.template_global("double")
    def twice(n):
        return n * 2

    app.add_template_filter(len, "size")
    source = "{{ 'a'|shout|loud|plain }}{{ 10 is big }}{{ double(2) }}{{ 'abc'|size }}"
    with app.app_context():
        assert render_template_string(source) == "(A!)True43"


def test_tojson_uses_the_application_json(app):
    with app.app_context():
        text = render_template_string("{{ x|tojson }}", x={"b": "</script>", "a": 1})
    assert text == '{"a": 1, "b": "\\u003c/script\\u003e"}'


def test_macro_from_python(pages):
    with pages.app_context():
        assert get_template_attribute("macro.html", "hi")("you") == "hi you"


def test_jinja_options(tmp_path):
    class Custom(App):
        jinja_options = {"variable_start_string": "<<", "variable_end_string": ">>"}

    with Custom("x", root_path=str(tmp_path)).app_context():
        assert render_template_string("<< 1 >>") == "1"


def test_streaming(pages):
    @pages.route("/")
    def view():
        return stream_template("a.html", x=request.path)

    @pages.route("/string", endpoint="string")
    def string():
        return stream_template_string("{% for n in [1, 2] %}{{ n }}{{ request.path }}{% endfor %}")

    response = pages.test_client().get("/", buffered=False)
    assert response.text == "/"
    response.close()
    with pages.test_client().get("/string") as response:
        assert response.text == "1/string2/string"
    with pages.app_context():
        assert "".join(stream_template("a.html", x=1)) == "1"


def test_signals(pages):
    seen = []

    def before(sender, template, context):
        context["x"] = "changed"
        seen.append(template.name)

    def after(sender, template, context):
        seen.append(context["x"])

    with (
        before_render_template.connected_to(before, pages),
        template_rendered.connected_to(after, pages),
        pages.app_context(),
    ):
        assert render_template("a.html", x=1) == "changed"
        assert "".join(stream_template("a.html", x=1)) == "changed"
    assert seen == ["a.html", "changed"] * 2
