"""scaffold.py and setup.py: registration, and the refusal of a late one."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from framework import App, Blueprint
from framework.errors import SetupError


def test_method_decorators(app, client):
    for method in ("get", "post", "put", "delete", "patch"):
        getattr(app, method)("/", endpoint=method)(lambda method=method: method)
    for method in ("get", "post", "put", "delete", "patch"):
        assert getattr(client, method)("/").text == method
    with pytest.raises(TypeError, match=r"use route\('/', methods"):
        app.get("/", methods=["POST"])


@pytest.mark.parametrize(
    "register",
    [
        lambda app: app.route("/late")(lambda: "x"),
        lambda app: app.add_url_rule("/late", "late"),
        lambda app: app.before_request(lambda: None),
        lambda app: app.after_request(lambda r: r),
        lambda app: app.teardown_request(lambda e: None),
        lambda app: app.teardown_appcontext(lambda e: None),
        lambda app: app.context_processor(dict),
        lambda app: app.errorhandler(404)(lambda e: "x"),
        lambda app: app.register_blueprint(Blueprint("late", __name__)),
        lambda app: app.template_filter("late")(str),
        lambda app: app.endpoint("late")(lambda: "x"),
        lambda app: app.url_defaults(lambda e, v: None),
    ],
)
def test_late_registration_is_refused(app, client, register):
    client.get("/")
    with pytest.raises(SetupError, match=r"answered its first request.*while the modules"):
        register(app)


def test_rule_errors(app):
    def one():
        return "1"

    def two():
        return "2"

    app.add_url_rule("/one", "same", one)
    app.add_url_rule("/uno", "same", one)
    with pytest.raises(AssertionError, match=r"one.*two.*endpoint='\.\.\.'"):
        app.add_url_rule("/two", "same", two)
    with pytest.raises(TypeError, match="needs an endpoint"):
        app.add_url_rule("/three")
    with pytest.raises(TypeError, match=r"methods=\['POST'\]"):
        app.add_url_rule("/four", "four", one, methods="POST")


def test_refused_rule_leaves_no_trace(app, client):
    app.add_url_rule("/one", "same", lambda: "1")
    with pytest.raises(AssertionError):
        app.add_url_rule("/two", "same", lambda: "2")
    assert client.get("/two").status_code == 404


def test_options_is_answered_or_left_to_the_view(app, client):
    app.route("/auto", methods=["GET", "POST"])(lambda: "x")
    app.add_url_rule("/off", "off", lambda: "x", provide_automatic_options=False)
    app.route("/own", endpoint="own", methods=["GET", "OPTIONS"])(lambda: "mine")
    assert set(client.options("/auto").allow) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert client.options("/off").status_code == 405
    assert client.options("/own").text == "mine"


def test_name_and_paths(tmp_path, monkeypatch):
    module = ModuleType("some_project")
    module.__file__ = str(tmp_path / "some_project.py")
    monkeypatch.setitem(sys.modules, "some_project", module)
    app = App("some_project")
    assert (app.name, app.root_path) == ("some_project", str(tmp_path))
    assert app.instance_path == str(tmp_path / "instance")
    assert app.static_folder == str(tmp_path / "static")
    assert repr(app) == "<App 'some_project'>"
    package = tmp_path / "pack"
    package.mkdir()
    module = ModuleType("pack")
    module.__file__ = str(package / "__init__.py")
    module.__path__ = [str(package)]
    monkeypatch.setitem(sys.modules, "pack", module)
    assert App("pack").instance_path == str(tmp_path / "instance")
    site = tmp_path / "site-packages"
    assert App("x", root_path=str(site)).instance_path.endswith("x-instance")


def test_name_of_a_script(monkeypatch):
    module = ModuleType("__main__")
    module.__file__ = "/somewhere/shop.py"
    monkeypatch.setitem(sys.modules, "__main__", module)
    assert App("__main__").name == "shop"
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    app = App("__main__")
    assert (app.name, app.root_path) == ("__main__", str(Path.cwd()))


def test_module_that_is_not_imported():
    assert App("wsgiref.util").root_path.endswith("wsgiref")
    assert App("no_such_module_at_all").root_path == str(Path.cwd())
    assert App("no.such.module").root_path == str(Path.cwd())


def test_constructor_errors(tmp_path):
    with pytest.raises(ValueError, match="absolute"):
        App("x", instance_path="relative")
    with pytest.raises(ValueError, match="static_host"):
        App("x", static_host="static.test")
    with pytest.raises(ValueError, match="static_host"):
        App("x", host_matching=True)
    App("x", host_matching=True, static_folder=None)


def test_debug_from_environment(monkeypatch):
    for value, debug in (("1", True), ("true", True), ("0", False), ("No", False), ("", False)):
        monkeypatch.setenv("FLASK_DEBUG", value)
        assert App("x").debug is debug
    monkeypatch.delenv("FLASK_DEBUG")
    assert App("x").debug is False


def test_debug_reloads_templates(app):
    assert app.jinja_env.auto_reload is False
    app.debug = True
    assert app.jinja_env.auto_reload is True


def test_resources(app, tmp_path):
    (tmp_path / "data.txt").write_text("é", encoding="utf-8")
    with app.open_resource("data.txt") as file:
        assert file.read() == "é".encode()
    with app.open_resource("data.txt", "r") as file:
        assert file.read() == "é"
    with pytest.raises(ValueError, match="for reading"):
        app.open_resource("data.txt", "w")
    Path(app.instance_path).mkdir()
    with app.open_instance_resource("x.txt", "w") as file:
        file.write("é")
    with app.open_instance_resource("x.txt") as file:
        assert file.read() == "é".encode()


def test_static_files(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.txt").write_text("static")
    app = App("x", root_path=str(tmp_path), static_folder="assets")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
    client = app.test_client()
    with client.get("/assets/a.txt") as response:
        assert response.text == "static"
        assert response.cache_control.max_age == 60
        etag = response.headers["ETag"]
    with client.get("/assets/a.txt", headers={"If-None-Match": etag}) as response:
        assert response.status_code == 304
    assert client.get("/assets/../x").status_code == 404
    app = App("x", root_path=str(tmp_path), static_folder="assets", static_url_path="")
    with app.test_client().get("/a.txt") as response:
        assert response.status_code == 200
    app = App("x", root_path=str(tmp_path), static_folder=None)
    assert not app.has_static_folder
    assert app.static_url_path is None
    with app.app_context(), pytest.raises(RuntimeError, match="static_folder='static'"):
        app.send_static_file("a.txt")


def test_static_folder_and_url_can_be_set(app):
    app.static_folder = "other/"
    app.static_url_path = "/o/"
    assert app.static_folder.endswith("other")
    assert app.static_url_path == "/o"


def test_logger(app, caplog):
    app.logger.warning("hello %s", "log")
    assert "hello log" in caplog.text
    assert app.logger.name == app.name


def test_two_apps_share_nothing(tmp_path):
    one, two = (App("same", root_path=str(tmp_path)) for _ in range(2))
    one.route("/")(lambda: "one")
    one.config["X"] = 1
    assert "X" not in two.config
    assert two.test_client().get("/").status_code == 404
