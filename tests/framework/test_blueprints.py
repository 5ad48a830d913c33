"""blueprints.py: registration, nesting, names."""

from __future__ import annotations

import pytest

from framework import App, Blueprint, render_template, render_template_string, url_for
from framework.errors import SetupError


def test_prefix_defaults_and_static(app, client, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("bp static")
    bp = Blueprint("bp", __name__, static_folder="files", root_path=str(tmp_path))
    bp.route("/", defaults={"page": 1})(bp.route("/<int:page>")(view_page))
    bp.route("/lang", endpoint="lang", defaults={"page": 2})(view_page)
    app.register_blueprint(bp, url_prefix="/bp")
    other = Blueprint("other", __name__)
    other.route("/<int:page>")(view_page)
    app.register_blueprint(other, url_prefix="/zh", url_defaults={"lang": "zh"})
    assert client.get("/zh/3").text == "3 zh"
    assert client.get("/bp/").text == "1 en"
    assert client.get("/bp/7").text == "7 en"
    with client.get("/bp/files/a.txt") as response:
        assert response.text == "bp static"
    with app.test_request_context():
        assert url_for("bp.static", filename="a.txt") == "/bp/files/a.txt"


def view_page(page, lang="en"):
    return f"{page} {lang}"


def test_nested(app, client):
    parent = Blueprint("parent", __name__, url_prefix="/parent")
    child = Blueprint("child", __name__, url_prefix="/child")
    grandchild = Blueprint("grand", __name__)
    grandchild.route("/x")(lambda: url_for(".<lambda>"))
    child.register_blueprint(grandchild, url_prefix="/g", name="renamed")
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    assert client.get("/parent/child/g/x").text == "/parent/child/g/x"
    assert list(app.blueprints) == ["parent", "parent.child", "parent.child.renamed"]
    assert list(app.iter_blueprints()) == [parent, child, grandchild]
    own = Blueprint("own", __name__)
    with pytest.raises(ValueError, match="with itself"):
        own.register_blueprint(own)


def test_registered_twice_under_two_names(app, client):
    once = []
    bp = Blueprint("bp", __name__)
    bp.route("/")(lambda: url_for(".<lambda>"))
    bp.record_once(lambda state: once.append(state.name))
    app.register_blueprint(bp, url_prefix="/a")
    with pytest.raises(ValueError, match=r"name='\.\.\.'"):
        app.register_blueprint(bp, url_prefix="/b")
    app.register_blueprint(bp, url_prefix="/b", name="other")
    assert client.get("/a/").text == "/a/"
    assert client.get("/b/").text == "/b/"
    assert once == ["bp"]


def test_names_are_checked():
    for name in ("", "a.b"):
        with pytest.raises(ValueError, match="cannot be called"):
            Blueprint(name, __name__)
    with pytest.raises(ValueError, match="has no dot"):
        Blueprint("bp", __name__).add_url_rule("/", "a.b")
    app = App(__name__)
    app.register_blueprint(Blueprint("bp", __name__))
    with pytest.raises(ValueError, match="another blueprint"):
        app.register_blueprint(Blueprint("bp", __name__))


def test_change_after_registration_is_refused(app):
    bp = Blueprint("bp", __name__)
    app.register_blueprint(bp)
    with pytest.raises(SetupError, match="'bp' has been registered"):
        bp.route("/")(lambda: "x")
    with pytest.raises(SetupError):
        bp.before_app_request(lambda: None)


def test_hooks_for_one_and_for_all(app, client):
    order = []
    bp = Blueprint("bp", __name__, url_prefix="/bp")
    bp.before_request(lambda: order.append("before bp"))
    bp.before_app_request(lambda: order.append("before all"))
    bp.after_app_request(lambda response: order.append("after all") or response)
    bp.teardown_app_request(lambda exc: order.append("teardown all"))
    bp.app_url_value_preprocessor(lambda endpoint, values: order.append("values"))
    bp.app_errorhandler(404)(lambda error: ("bp handles all", 404))
    bp.route("/")(lambda: "x")
    app.register_blueprint(bp)
    assert client.get("/none").text == "bp handles all"
    assert order == ["values", "before all", "after all", "teardown all"]
    order.clear()
    client.get("/bp/")
    assert order == ["values", "before all", "before bp", "after all", "teardown all"]


def test_templates(app, client, tmp_path):
    (tmp_path / "bp").mkdir()
    (tmp_path / "bp" / "own.html").write_text("{{ 'a'|up }} {{ glob() }} {{ x }} {{ y }}")
    (tmp_path / "bp" / "both.html").write_text("bp")
    (tmp_path / "templates" / "both.html").write_text("app")
    bp = Blueprint("bp", __name__, template_folder="bp", root_path=str(tmp_path))
    bp.app_template_filter("up")(str.upper)
    bp.app_template_global("glob")(lambda: "glob")
    bp.app_template_test("odd_one")(lambda value: value == 1)
    bp.context_processor(lambda: {"x": "bp only"})
    bp.app_context_processor(lambda: {"y": "all"})
    bp.route("/")(lambda: render_template("own.html"))
    bp.route("/both", endpoint="both")(lambda: render_template("both.html"))
    app.register_blueprint(bp)
    app.route("/app", endpoint="app")(
        lambda: render_template_string("{{ x }}-{{ y }}-{{ 1 is odd_one }}")
    )
    assert client.get("/").text == "A glob bp only all"
    assert client.get("/both").text == "app"
    assert client.get("/app").text == "-all-True"


def test_endpoint_and_url_defaults(app, client):
    bp = Blueprint("bp", __name__, url_prefix="/<lang>")
    bp.add_url_rule("/", endpoint="index")
    bp.endpoint("index")(lambda: url_for("bp.index"))
    bp.url_defaults(lambda endpoint, values: values.setdefault("lang", "zh"))
    bp.url_value_preprocessor(lambda endpoint, values: values.pop("lang"))
    seen = []
    bp.app_url_defaults(lambda endpoint, values: seen.append(endpoint))
    app.register_blueprint(bp)
    assert client.get("/de/").text == "/zh/"
    assert seen == ["bp.index"]


def test_subdomain(tmp_path):
    app = App("x", root_path=str(tmp_path), subdomain_matching=True)
    app.config["SERVER_NAME"] = "shop.test"
    outer = Blueprint("outer", __name__, subdomain="api")
    inner = Blueprint("inner", __name__, subdomain="v1")
    outer.route("/")(lambda: "outer")
    inner.route("/")(lambda: "inner")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    client = app.test_client()
    assert client.get("/", subdomain="api").text == "outer"
    assert client.get("/", subdomain="v1.api").text == "inner"
    assert client.get("/").status_code == 404
