"""The same views under Flask and under the framework: status, headers and body are the same."""

from __future__ import annotations

import io
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import flask
import flask.views
import itsdangerous
import pytest
from answered import comparable_headers
from markupsafe import escape
from werkzeug.utils import secure_filename

import framework
import framework.views


@dataclass
class Point:
    x: int
    y: int


def build(kit: Any, root: str, config: dict[str, Any] | None = None) -> Any:
    """Make the application; ``kit`` is ``flask`` or ``framework``."""
    cls = kit.Flask if kit is flask else kit.App
    app = cls("differential", root_path=root)
    app.config.update(config or {})
    app.secret_key = "the same for both"
    request, session, g = kit.request, kit.session, kit.g

    add_returns(app, kit)
    add_requests(app, kit, request)

    @app.get("/session/set/<name>")
    def session_set(name):
        session["name"] = name
        session["kinds"] = {"t": (1, 2), "b": b"\x00\xff", "u": uuid.UUID(int=7)}
        return "set"

    @app.get("/session/get")
    def session_get():
        return repr(sorted(session.items()))

    @app.get("/session/clear")
    def session_clear():
        session.clear()
        return "cleared"

    @app.get("/flash")
    def do_flash():
        kit.flash("first")
        kit.flash("second", "error")
        return kit.redirect(kit.url_for("flashed"))

    @app.get("/flashed")
    def flashed():
        return kit.jsonify(kit.get_flashed_messages(with_categories=True))

    @app.before_request
    def remember():
        g.path = request.path
        return "stopped by a hook" if request.path == "/hook-stops" else None

    @app.after_request
    def stamp(response):
        response.headers["X-Path"] = g.path
        return response

    @app.errorhandler(404)
    def not_found(error):
        return f"nothing at {escape(request.path)}", 404, {"X-Handler": "404"}

    @app.errorhandler(KeyError)
    def key_error(error):
        return f"key {error}", 422

    @app.context_processor
    def extra():
        return {"extra": "<extra>", "shadowed": "processor"}

    @app.template_filter("twice")
    def twice(text):
        return text * 2

    bp = kit.Blueprint("shop", __name__, url_prefix="/shop")

    @bp.before_request
    def in_shop():
        g.shop = True

    @bp.get("/")
    def index():
        return f"{kit.url_for('.item', id=3)} {kit.url_for('home')} {request.blueprint} {g.shop}"

    @bp.get("/item/<int:id>")
    def item(id):
        if id > 9:
            kit.abort(404)
        return {"id": id}

    @bp.errorhandler(404)
    def no_item(error):
        return "no such item", 404

    app.register_blueprint(bp)
    return app


def add_returns(app: Any, kit: Any) -> None:
    """Views that return each kind of value."""

    @app.route("/")
    def home():
        return "Hello, World!"

    @app.route("/bytes")
    def bytes_():
        return b"\x00\x01"

    @app.route("/dict")
    def dict_():
        return {"b": 1, "a": [Point(1, 2), Decimal("1.50"), uuid.UUID(int=1), "é"]}

    @app.route("/list")
    def list_():
        return [1, None, datetime(2024, 1, 2, tzinfo=timezone.utc)]

    @app.route("/generator")
    def generator():
        return (f"{n}," for n in range(3))

    @app.route("/tuple/<form>")
    def tuple_(form):
        return {
            "status": ("a", 201),
            "text": ("a", "418 SHORT AND STOUT"),
            "headers": ("a", {"X-A": "1", "Content-Type": "text/x-a"}),
            "pairs": ("a", [("X-A", "1"), ("X-A", "2")]),
            "three": ("a", 202, {"X-A": "1"}),
            "dict": ({"a": 1}, 203, {"X-A": "1"}),
            "response": (kit.make_response("a", 203), 206, {"X-A": "1"}),
        }[form]

    @app.route("/wsgi")
    def wsgi():
        def other(environ, start_response):
            start_response("299 Fine", [("Content-Type", "text/x-other"), ("X-O", "1")])
            return [environ["PATH_INFO"].encode()]

        return other

    @app.route("/none")
    def none():
        return None

    @app.route("/number")
    def number():
        return 7

    @app.route("/jsonify/<form>")
    def jsonify(form):
        forms = {"args": ((1, 2), {}), "kwargs": ((), {"z": 1, "a": 2}), "nothing": ((), {})}
        args, kwargs = forms[form]
        return kit.jsonify(*args, **kwargs)

    @app.route("/template")
    def template():
        return kit.render_template("page.html", name="<b>", shadowed="view")

    @app.route("/string")
    def string():
        return kit.render_template_string("{{ x }} {{ request.path }} {{ config.TESTING }}", x="<")

    @app.route("/boom")
    def boom():
        raise ZeroDivisionError("on purpose")

    @app.route("/key")
    def key():
        raise KeyError("lost")

    @app.route("/file")
    def file():
        return kit.send_file(io.BytesIO(b"0123456789"), download_name="a.txt", as_attachment=True)

    @app.route("/folder/<path:name>")
    def folder(name):
        return kit.send_from_directory("static", name)

    class Items(kit.views.MethodView):
        def get(self, id):
            return f"get {id}"

        def delete(self, id):
            return "", 204

    app.add_url_rule("/items/<int:id>", view_func=Items.as_view("items"))


def add_requests(app: Any, kit: Any, request: Any) -> None:
    """Views that look at the request."""

    @app.route("/user/<name>")
    def user(name):
        return f"user {escape(name)}"

    @app.route("/convert/<int:a>/<float:b>/<uuid:c>/<path:d>")
    def convert(a, b, c, d):
        return repr((a, b, c, d))

    @app.route("/projects/")
    def projects():
        return "projects"

    @app.route("/about")
    def about():
        return "about"

    @app.route("/form", methods=["GET", "POST"])
    def form():
        if request.method == "POST":
            return f"{request.form['name']} {request.args.get('page', type=int)}"
        return "form"

    @app.post("/upload")
    def upload():
        file = request.files["file"]
        return {"name": secure_filename(file.filename), "size": len(file.read())}

    @app.put("/json")
    def json():
        return {"got": request.get_json()}

    @app.get("/cookie")
    def cookie():
        response = kit.make_response(request.cookies.get("seen", "never"))
        response.set_cookie("seen", "yes", samesite="Lax")
        return response

    @app.get("/links")
    def links():
        return [
            kit.url_for("home"),
            kit.url_for("user", name="John Doe/ü"),
            kit.url_for("user", name="x", page=2, _anchor="a b#ü%"),
            kit.url_for("static", filename="style.css"),
            kit.url_for("about", _external=True),
            kit.url_for("about", _external=True, _scheme="https"),
            kit.url_for("form", _method="POST"),
        ]

    @app.get("/leave/<int:code>")
    def leave(code):
        return kit.redirect("/ü?a=1&b=2", code)

    @app.get("/abort/<int:code>")
    def abort(code):
        kit.abort(code, "because")

    @app.get("/request")
    def about_request():
        return {
            "url": request.url,
            "endpoint": request.endpoint,
            "rule": str(request.url_rule),
            "args": request.view_args,
            "agent": request.headers["User-Agent"],
            "addr": request.remote_addr,
        }


UUID = "12345678-1234-5678-1234-567812345678"
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}),
    ("HEAD", "/", {}),
    ("OPTIONS", "/", {}),
    ("POST", "/", {}),
    ("GET", "/missing", {}),
    ("GET", "/bytes", {}),
    ("GET", "/dict", {}),
    ("GET", "/list", {}),
    ("GET", "/generator", {}),
    *(
        ("GET", f"/tuple/{form}", {})
        for form in ("status", "text", "headers", "pairs", "three", "dict", "response", "other")
    ),
    ("GET", "/wsgi", {}),
    ("GET", "/none", {}),
    ("GET", "/number", {}),
    *(("GET", f"/jsonify/{form}", {}) for form in ("args", "kwargs", "nothing")),
    ("GET", "/template", {}),
    ("GET", "/string", {}),
    ("GET", "/boom", {}),
    ("GET", "/key", {}),
    ("GET", "/file", {}),
    ("GET", "/file", {"headers": {"Range": "bytes=2-4"}}),
    ("GET", "/static/style.css", {}),
    ("GET", "/static/none.css", {}),
    ("GET", "/static/../templates/page.html", {}),
    ("GET", "/folder/style.css", {}),
    ("GET", "/items/3", {}),
    ("HEAD", "/items/3", {}),
    ("DELETE", "/items/3", {}),
    ("POST", "/items/3", {}),
    ("OPTIONS", "/items/3", {}),
    ("GET", "/user/<script>", {}),
    ("GET", "/user/a%2Fb", {}),
    ("GET", f"/convert/1/2.5/{UUID}/x/y", {}),
    ("GET", f"/convert/-1/2.5/{UUID}/x/y", {}),
    ("GET", "/projects", {}),
    ("POST", "/projects", {"data": "x"}),
    ("GET", "/about/", {}),
    ("GET", "/form", {}),
    ("POST", "/form?page=3", {"data": {"name": "né"}}),
    ("POST", "/form?page=x", {"data": {}}),
    ("DELETE", "/form", {}),
    ("POST", "/upload", {"data": {"file": (io.BytesIO, b"12345", "../../e vil.txt")}}),
    ("POST", "/upload", {"data": {"other": "x"}}),
    ("PUT", "/json", {"json": {"a": [1, "é"]}}),
    ("PUT", "/json", {"data": "{", "content_type": "application/json"}),
    ("PUT", "/json", {"data": "x"}),
    ("GET", "/cookie", {}),
    ("GET", "/cookie", {}),
    ("GET", "/links", {}),
    ("GET", "/links", {"base_url": "http://example.org:8080/mounted"}),
    ("GET", "/leave/302", {}),
    ("GET", "/leave/308", {}),
    ("GET", "/abort/401", {}),
    ("GET", "/abort/404", {}),
    ("GET", "/abort/418", {}),
    ("GET", "/request?a=1&b=%20", {}),
    ("GET", "/session/get", {}),
    ("GET", "/session/set/ann", {}),
    ("GET", "/session/get", {}),
    ("GET", "/", {}),
    ("GET", "/session/clear", {}),
    ("GET", "/session/get", {}),
    ("GET", "/flash", {}),
    ("GET", "/flashed", {}),
    ("GET", "/flashed", {}),
    ("GET", "/hook-stops", {}),
    ("GET", "/shop/", {}),
    ("GET", "/shop", {}),
    ("GET", "/shop/item/3", {}),
    ("GET", "/shop/item/10", {}),
    ("GET", "/shop/none", {}),
]


def answers(app: Any) -> list[Any]:
    client = app.test_client()
    collected = []
    for method, path, options in REQUESTS:
        options = dict(options)
        data = options.get("data")
        if isinstance(data, dict) and "file" in data:
            make, content, name = data["file"]
            options["data"] = {"file": (make(content), name)}
        try:
            response = client.open(path, method=method, **options)
        except Exception as error:
            collected.append((method, path, type(error).__name__))
            continue
        with response:
            headers = comparable_headers(response.headers)
            collected.append((method, path, response.status, headers, response.data))
    return collected


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"TESTING": True},
        {"DEBUG": True},
        {"TRAP_BAD_REQUEST_ERRORS": True, "PROPAGATE_EXCEPTIONS": False},
        {"SERVER_NAME": "shop.test:8000", "PREFERRED_URL_SCHEME": "https"},
        {"APPLICATION_ROOT": "/root", "SESSION_COOKIE_NAME": "s", "SEND_FILE_MAX_AGE_DEFAULT": 9},
        {"MAX_CONTENT_LENGTH": 3},
        {"PROVIDE_AUTOMATIC_OPTIONS": False},
    ],
    ids=lambda config: "-".join(config) or "default",
)
def test_same_answers(tmp_path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]) -> None:
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_700_000_000)
    monkeypatch.setattr(logging.getLogger("differential"), "disabled", True)
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "style.css").write_text("body {}")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        "{{ name }} {{ extra }} {{ shadowed }} {{ 'ab'|twice }} {{ g.path }}"
        " {{ url_for('user', name=name) }} {{ {'a': name}|tojson }}\n"
    )
    expected = answers(build(flask, str(tmp_path), config))
    found = answers(build(framework, str(tmp_path), config))
    assert len(REQUESTS) >= 40
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == theirs


def test_session_cookie_is_understood_both_ways(tmp_path) -> None:
    """An app that changes its import keeps its users logged in."""
    one, two = build(flask, str(tmp_path)), build(framework, str(tmp_path))
    for writer, reader in ((one, two), (two, one)):
        source, target = writer.test_client(), reader.test_client()
        source.get("/session/set/ann")
        target.set_cookie("session", source.get_cookie("session").value)
        assert target.get("/session/get").data == source.get("/session/get").data
        assert b"ann" in target.get("/session/get").data


def test_both_have_the_names() -> None:
    missing = [name for name in framework.__all__ if name != "App" and not hasattr(flask, name)]
    assert missing == []
