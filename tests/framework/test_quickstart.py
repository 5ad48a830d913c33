"""Each section of Flask's Quickstart as a small program: under Flask, and with its import changed.

The only change is ``from flask import`` to ``from framework import``; the answers are the same.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import itsdangerous
import pytest
from answered import comparable_headers


@dataclass
class Section:
    """One section: a program, what is asked of it, and the files beside it."""

    title: str
    program: str
    requests: list[tuple[Any, ...]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


RETURNS = (
    "text",
    "bytes",
    "dict",
    "list",
    "iterator",
    "generator",
    "response",
    "body-status",
    "body-status-text",
    "body-headers",
    "body-header-list",
    "all-three",
    "list-status",
    "made",
    "wsgi",
    "none",
    "number",
    "status-only",
    "four",
)
LOGIN_FORM = "<form method=post><input name=username><input type=submit></form>"

SECTIONS = [
    Section(
        "a minimal application",
        """
from flask import Flask

app = Flask(__name__)

@app.route("/")
def hello_world():
    return "<p>Hello, World!</p>"
""",
        [("GET", "/"), ("HEAD", "/"), ("POST", "/"), ("GET", "/none")],
    ),
    Section(
        "HTML escaping",
        """
from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)

@app.route("/hello")
def hello():
    name = request.args.get("name", "nobody")
    return f"Hello, {escape(name)}!"

@app.route("/<name>")
def greet(name):
    return f"Hello, {escape(name)}!"
""",
        [
            ("GET", "/hello?name=<script>alert('bad')</script>"),
            ("GET", '/<b a="1">&amp;'),
            ("GET", "/%3Cscript%3E"),
            ("GET", "/hello"),
        ],
    ),
    Section(
        "routing",
        """
from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
    return "Index"

@app.route("/hello")
@app.route("/hallo")
def hello():
    return "Hello"
""",
        [("GET", "/"), ("GET", "/hello"), ("GET", "/hallo"), ("GET", "/hello/")],
    ),
    Section(
        "variable rules",
        """
from flask import Flask
from markupsafe import escape

app = Flask(__name__)

@app.route("/user/<username>")
def user(username):
    return f"User {escape(username)}"

@app.route("/post/<int:post_id>")
def post(post_id):
    return f"Post {post_id + 1}"

@app.route("/price/<float:price>")
def price(price):
    return f"Price {price * 2}"

@app.route("/path/<path:subpath>")
def subpath(subpath):
    return f"Subpath {escape(subpath)}"

@app.route("/id/<uuid:number>")
def by_id(number):
    return f"{type(number).__name__} {number.version}"

@app.route("/short/<string(length=2):code>/<any(red, blue):colour>")
def short(code, colour):
    return f"{code} {colour}"
""",
        [
            ("GET", "/user/ann"),
            ("GET", "/user/ann/more"),
            ("GET", "/user/J%C3%BCrgen"),
            ("GET", "/post/41"),
            ("GET", "/post/-1"),
            ("GET", "/post/x"),
            ("GET", "/post/007"),
            ("GET", "/price/1.5"),
            ("GET", "/price/1"),
            ("GET", "/path/a/b/c.txt"),
            ("GET", "/path/"),
            ("GET", "/id/12345678-1234-4678-9234-567812345678"),
            ("GET", "/id/1234"),
            ("GET", "/short/ab/red"),
            ("GET", "/short/abc/red"),
            ("GET", "/short/ab/green"),
        ],
    ),
    Section(
        "unique URLs",
        """
from flask import Flask

app = Flask(__name__)

@app.route("/projects/")
def projects():
    return "The projects"

@app.route("/about")
def about():
    return "About"
""",
        [
            ("GET", "/projects/"),
            ("GET", "/projects"),
            ("GET", "/projects?page=2"),
            ("GET", "//projects/"),
            ("GET", "/about"),
            ("GET", "/about/"),
        ],
    ),
    Section(
        "URL building",
        """
from flask import Flask, url_for

app = Flask(__name__)

@app.route("/")
def index():
    return "index"

@app.route("/login")
def login():
    return "login"

@app.route("/user/<username>")
def profile(username):
    return username

with app.test_request_context():
    BUILT = [
        url_for("index"),
        url_for("login"),
        url_for("login", next="/"),
        url_for("profile", username="John Doe"),
        url_for("static", filename="style.css"),
        url_for("login", _external=True),
    ]
with app.test_request_context("/", base_url="https://example.org/mounted"):
    BUILT.append(url_for("profile", username="a/b?c"))
    BUILT.append(url_for("index", _external=True, _anchor="top"))
""",
        [("GET", "/user/John%20Doe")],
    ),
    Section(
        "HTTP methods",
        """
from flask import Flask, request

app = Flask(__name__)

@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        return "logged in"
    return "the form"

@app.get("/thing")
def thing():
    return "got"

@app.post("/thing")
def make():
    return "made", 201

@app.put("/thing")
def put():
    return "put"

@app.patch("/thing")
def patch():
    return "patched"

@app.delete("/thing")
def delete():
    return "", 204
""",
        [
            *((method, "/thing") for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")),
            ("OPTIONS", "/thing"),
            ("TRACE", "/thing"),
            ("GET", "/login"),
            ("POST", "/login"),
            ("PUT", "/login"),
            ("OPTIONS", "/login"),
        ],
    ),
    Section(
        "static files",
        """
from flask import Flask, url_for

app = Flask(__name__)

@app.route("/")
def index():
    return url_for("static", filename="style.css")
""",
        [
            ("GET", "/"),
            ("GET", "/static/style.css"),
            ("HEAD", "/static/style.css"),
            ("GET", "/static/none.css"),
            ("GET", "/static/../quickstart.py"),
            ("GET", "/static/%2e%2e/quickstart.py"),
            ("POST", "/static/style.css"),
        ],
        {"static/style.css": "body { color: teal }\n"},
    ),
    Section(
        "rendering templates",
        """
from flask import Flask, flash, g, render_template, session
from markupsafe import Markup

app = Flask(__name__)
app.secret_key = "k"

@app.route("/hello/")
@app.route("/hello/<name>")
def hello(name=None):
    g.motto = "<g>"
    session["seen"] = "<s>"
    flash("<f>")
    return render_template("hello.html", person=name, trusted=Markup("<em>%s</em>") % "<x>")

@app.route("/plain")
def plain():
    return render_template("plain.txt", person="<b>")

@app.route("/none")
def none():
    return render_template("none.html")

MARKUP = [
    Markup("<strong>Hello %s!</strong>") % "<blink>hacker</blink>",
    Markup.escape("<blink>hacker</blink>"),
    Markup("<em>Marked up</em> &raquo; HTML").striptags(),
]
""",
        [("GET", "/hello/"), ("GET", "/hello/<Ann>?q=1"), ("GET", "/plain"), ("GET", "/none")],
        {
            "templates/base.html": "<title>{% block title %}{% endblock %}</title>"
            "{% for message in get_flashed_messages() %}<i>{{ message }}</i>{% endfor %}"
            "{% block body %}{% endblock %}",
            "templates/hello.html": "{% extends 'base.html' %}{% block title %}Hello{% endblock %}"
            "{% block body %}<h1>{% if person %}{{ person }}{% else %}World{% endif %}</h1>"
            "{{ trusted }} {{ person|safe }} {{ request.path }} {{ request.args.q }} {{ g.motto }}"
            " {{ session.seen }} {{ config.TESTING }} {{ url_for('hello', name='x y') }}"
            "{% endblock %}",
            "templates/plain.txt": "{{ person }}",
        },
    ),
    Section(
        "context locals",
        """
from flask import Flask, request
from werkzeug.test import create_environ

app = Flask(__name__)

with app.test_request_context("/hello?a=1", method="POST", data={"b": "2"}):
    SEEN = [request.path, request.method, request.args["a"], request.form["b"], request.endpoint]

with app.request_context(create_environ("/other", method="PUT")):
    SEEN += [request.path, request.method]
""",
    ),
    Section(
        "the request object",
        """
from flask import Flask, render_template_string, request

app = Flask(__name__)

@app.route("/login", methods=["POST", "GET"])
def login():
    error = None
    if request.method == "POST":
        if request.form["username"] == "ann" and request.form["password"] == "secret":
            return f"Welcome, {request.form['username']}"
        error = "Invalid username or password"
    return render_template_string("<p>{{ error }}</p>", error=error)

@app.route("/search")
def search():
    word = request.args.get("key", "")
    page = request.args.get("page", 1, type=int)
    return f"{word} {page} {request.args.getlist('tag')}"
""",
        [
            ("GET", "/login"),
            ("POST", "/login", {"data": {"username": "ann", "password": "secret"}}),
            ("POST", "/login", {"data": {"username": "ann", "password": "no"}}),
            ("POST", "/login", {"data": {"username": "ann"}}),
            ("POST", "/login", {"data": b"no form", "content_type": "text/plain"}),
            ("GET", "/search?key=caf%C3%A9&page=x&tag=1&tag=2"),
            ("GET", "/search"),
        ],
    ),
    Section(
        "file uploads",
        """
from pathlib import Path
from flask import Flask, request
from werkzeug.utils import secure_filename

app = Flask(__name__)
FOLDER = Path(app.root_path) / "uploads"

@app.route("/upload", methods=["GET", "POST"])
def upload_file():
    if request.method == "POST":
        file = request.files["the_file"]
        file.save(FOLDER / secure_filename(file.filename))
        return sorted(path.name for path in FOLDER.iterdir())
    return "<form method=post enctype=multipart/form-data><input type=file name=the_file></form>"
""",
        [
            ("GET", "/upload"),
            ("POST", "/upload", {"data": {"the_file": ("hello", "../../my file.txt")}}),
            ("POST", "/upload", {"data": {"the_file": ("x" * 60_000, "large.bin")}}),
            ("POST", "/upload", {"data": {"another": ("x", "x.txt")}}),
            ("POST", "/upload", {"data": {"the_file": "a field, no file"}}),
        ],
        {"uploads/.keep": ""},
    ),
    Section(
        "cookies",
        """
from flask import Flask, make_response, render_template_string, request

app = Flask(__name__)

@app.route("/")
def index():
    username = request.cookies.get("username")
    resp = make_response(render_template_string("{{ name }}", name=username))
    resp.set_cookie("username", "the username")
    return resp

@app.route("/forget")
def forget():
    resp = make_response("forgotten")
    resp.delete_cookie("username")
    return resp
""",
        [("GET", "/"), ("GET", "/"), ("GET", "/forget"), ("GET", "/")],
    ),
    Section(
        "redirects and errors",
        """
from flask import Flask, abort, redirect, render_template, url_for

app = Flask(__name__)

@app.route("/")
def index():
    return redirect(url_for("login"))

@app.route("/login")
def login():
    abort(401)

@app.route("/teapot")
def teapot():
    abort(418, description="<short> and stout")

@app.route("/moved")
def moved():
    return redirect("https://example.org/<new>", code=308)

@app.errorhandler(404)
def page_not_found(error):
    return render_template("page_not_found.html", error=error), 404
""",
        [("GET", path) for path in ("/", "/login", "/teapot", "/moved", "/<none>")],
        {"templates/page_not_found.html": "<h1>{{ error.name }}</h1>{{ request.path }}"},
    ),
    Section(
        "about responses",
        """
from flask import Flask, Response, jsonify, make_response

app = Flask(__name__)

RETURNED = {
    "text": lambda: "text",
    "bytes": lambda: b"bytes",
    "dict": lambda: {"b": 1, "a": [1, 2]},
    "list": lambda: [{"a": 1}, None],
    "iterator": lambda: iter(["a", "b"]),
    "generator": lambda: (letter for letter in "abc"),
    "response": lambda: Response("r", 202, {"X-A": "1"}, mimetype="text/plain"),
    "body-status": lambda: ("a", 201),
    "body-status-text": lambda: ("a", "201 Made By Hand"),
    "body-headers": lambda: ("a", {"X-A": "1"}),
    "body-header-list": lambda: ("a", [("X-A", "1"), ("X-B", "2")]),
    "all-three": lambda: ({"a": 1}, 201, {"X-A": "1"}),
    "list-status": lambda: ([1, 2], 202),
    "made": lambda: make_response(jsonify(a=1), 203),
    "wsgi": lambda: Response("inner", 299),
    "none": lambda: None,
    "number": lambda: 3,
    "status-only": lambda: (None, 204),
    "four": lambda: ("a", 200, {}, 1),
}

@app.route("/<what>")
def view(what):
    return RETURNED[what]()

@app.errorhandler(404)
def not_found(error):
    resp = make_response("nothing here", 404)
    resp.headers["X-Something"] = "A value"
    return resp
""",
        [
            *(("GET", f"/{what}") for what in RETURNS),
            ("GET", "/a/b"),
        ],
    ),
    Section(
        "APIs with JSON",
        """
from flask import Flask, request, url_for

app = Flask(__name__)
USERS = [{"username": "ann", "theme": "dark"}, {"username": "bob", "theme": "é<"}]

@app.route("/me")
def me():
    return {**USERS[0], "image": url_for("image", filename="ann.png")}

@app.route("/image/<filename>")
def image(filename):
    return filename

@app.route("/users")
def users():
    return [dict(user) for user in USERS]

@app.post("/users")
def add():
    user = request.get_json()
    return {"added": user["username"], "is": request.is_json}, 201

@app.post("/lenient")
def lenient():
    return {"got": request.get_json(silent=True)}
""",
        [
            ("GET", "/me"),
            ("GET", "/users"),
            ("POST", "/users", {"json": {"username": "cy"}}),
            ("POST", "/users", {"data": "{", "content_type": "application/json"}),
            ("POST", "/users", {"data": {"username": "cy"}}),
            ("POST", "/lenient", {"data": "{", "content_type": "application/json"}),
            ("POST", "/lenient", {"json": None}),
        ],
    ),
    Section(
        "sessions",
        f"""
from flask import Flask, session, redirect, url_for, request
from markupsafe import escape

app = Flask(__name__)
app.secret_key = b"_not used elsewhere_"

@app.route("/")
def index():
    if "username" in session:
        return f"Logged in as {{escape(session['username'])}}"
    return "You are not logged in"

@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        session["username"] = request.form["username"]
        return redirect(url_for("index"))
    return "{LOGIN_FORM}"

@app.route("/logout")
def logout():
    session.pop("username", None)
    return redirect(url_for("index"))
""",
        [
            ("GET", "/"),
            ("GET", "/login"),
            ("POST", "/login", {"data": {"username": "<Ann>"}}),
            ("GET", "/"),
            ("GET", "/logout"),
            ("GET", "/"),
            ("GET", "/logout"),
        ],
    ),
    Section(
        "message flashing",
        """
from flask import Flask, flash, get_flashed_messages, redirect, render_template_string, url_for

app = Flask(__name__)
app.secret_key = "k"

@app.route("/do")
def do():
    flash("You were <logged> in")
    flash("Invalid password", "error")
    return redirect(url_for("show"))

@app.route("/show")
def show():
    return render_template_string(
        "{% with messages = get_flashed_messages(with_categories=true) %}"
        "{% for category, message in messages %}{{ category }}: {{ message }};{% endfor %}"
        "{% endwith %}"
    )

@app.route("/errors")
def errors():
    return get_flashed_messages(category_filter=["error"])
""",
        [("GET", path) for path in ("/do", "/show", "/show", "/do", "/errors", "/show")],
    ),
    Section(
        "logging",
        """
from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
    app.logger.debug("A value for debugging")
    app.logger.warning("A warning occurred (%d apples)", 42)
    app.logger.error("An error occurred")
    return app.logger.name
""",
        [("GET", "/")],
    ),
    Section(
        "hooking in WSGI middleware",
        """
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)

@app.route("/")
def index():
    return [request.scheme, request.host, request.remote_addr]

def shout(inner):
    def middleware(environ, start_response):
        return [b"".join(inner(environ, start_response)).upper()]
    return middleware

app.wsgi_app = shout(ProxyFix(app.wsgi_app, x_host=1))
""",
        [
            ("GET", "/"),
            (
                "GET",
                "/",
                {
                    "headers": {
                        "X-Forwarded-Proto": "https",
                        "X-Forwarded-Host": "shop.example",
                        "X-Forwarded-For": "192.0.2.1",
                    }
                },
            ),
        ],
    ),
]


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_700_000_000)


@pytest.fixture(autouse=True)
def forget_programs() -> Iterator[None]:
    yield
    sys.modules.pop("quickstart", None)


def load(program: str, files: dict[str, str], folder: Path) -> ModuleType:
    """Import a program from a folder of its own, as a server would."""
    folder.mkdir()
    for name, text in {**files, "quickstart.py": program}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("quickstart", folder / "quickstart.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["quickstart"] = module
    spec.loader.exec_module(module)
    return module


def with_files(options: dict[str, Any]) -> dict[str, Any]:
    """Turn pairs (content, filename) into files."""
    data = options.get("data")
    if not isinstance(data, dict):
        return options
    return {
        "data": {
            key: (io.BytesIO(value[0].encode()), value[1]) if isinstance(value, tuple) else value
            for key, value in data.items()
        }
    }


def answers(module: Any, requests: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The answers, and what the program has put into its capital letters."""
    client = module.app.test_client()
    for method, path, *options in requests:
        with client.open(path, method=method, **with_files(options[0] if options else {})) as got:
            # Two are made of the time of the file.
            headers = comparable_headers(got.headers, without=("ETag", "Last-Modified"))
            yield method, path, got.status, headers, got.data
    plain = (str, list)
    yield tuple(
        (name, value)
        for name, value in sorted(vars(module).items())
        if name.isupper() and isinstance(value, plain)
    )


def changed(program: str) -> str:
    assert "from flask import" in program
    return program.replace("from flask import", "from framework import")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title.replace(" ", "-"))
def test_section(section: Section, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    theirs = list(answers(load(section.program, section.files, tmp_path / "a"), section.requests))
    their_log = [(r.levelno, r.getMessage()) for r in caplog.records if r.exc_info is None]
    caplog.clear()
    ours = list(
        answers(load(changed(section.program), section.files, tmp_path / "b"), section.requests)
    )
    our_log = [(r.levelno, r.getMessage()) for r in caplog.records if r.exc_info is None]
    for one, other in zip(ours, theirs, strict=True):
        assert one == other
    assert our_log == their_log


def test_sections_really_answer(tmp_path: Path) -> None:
    """Equal answers prove little where both are errors."""
    for number, section in enumerate(SECTIONS):
        module = load(changed(section.program), section.files, tmp_path / str(number))
        got = list(answers(module, section.requests))
        good = [answer for answer in got[:-1] if answer[2] < "400"]
        assert good or not section.requests, section.title


def test_urls_that_the_page_shows(tmp_path: Path) -> None:
    (section,) = (section for section in SECTIONS if section.title == "URL building")
    module = load(changed(section.program), {}, tmp_path / "urls")
    assert module.BUILT[:4] == ["/", "/login", "/login?next=/", "/user/John%20Doe"]
    assert module.BUILT[-2:] == [
        "/mounted/user/a/b%3Fc",
        "https://example.org/mounted/#top",
    ]


NO_CONTEXT = """
from flask import Flask, flash, g, request, session, url_for

app = Flask(__name__)
"""


@pytest.mark.parametrize(
    ("use", "remedy"),
    [
        (lambda m: m.request.path, "with app.test_request_context("),
        (lambda m: m.session["a"], "with app.test_request_context("),
        (lambda m: m.g.a, "with app.app_context():"),
        (lambda m: m.url_for("index"), "with app.app_context():"),
        (lambda m: m.app.url_for("index"), "SERVER_NAME"),
        (lambda m: m.flash("x"), "with app.test_request_context("),
    ],
    ids=["request", "session", "g", "url_for", "app.url_for", "flash"],
)
def test_outside_a_request_the_error_shows_what_to_push(
    tmp_path: Path, use: Any, remedy: str
) -> None:
    module = load(changed(NO_CONTEXT), {}, tmp_path / "none")
    with pytest.raises(RuntimeError) as caught:
        use(module)
    assert remedy in str(caught.value)


NO_KEY = """
from flask import Flask, flash, session

app = Flask(__name__)
app.testing = True

@app.route("/session")
def write():
    session["a"] = 1
    return ""

@app.route("/flash")
def do_flash():
    flash("x")
    return ""

@app.route("/read")
def read():
    return repr(session.get("a"))
"""


@pytest.mark.parametrize("path", ["/session", "/flash"])
def test_session_without_a_key_shows_how_to_set_one(tmp_path: Path, path: str) -> None:
    client = load(changed(NO_KEY), {}, tmp_path / "no_key").app.test_client()
    assert client.get("/read").data == b"None"
    with pytest.raises(RuntimeError, match=r"app\.secret_key = '\.\.\.'"):
        client.get(path)


def test_logger_writes_to_the_servers_error_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no logging set up, a warning reaches the one who serves the app."""
    (section,) = (section for section in SECTIONS if section.title == "logging")
    monkeypatch.setattr(logging.getLogger("quickstart"), "handlers", [])
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    module = load(changed(section.program), {}, tmp_path / "log")
    stream = io.StringIO()
    module.app.test_client().get("/", errors_stream=stream)
    written = stream.getvalue()
    assert "WARNING quickstart" in written
    assert "A warning occurred (42 apples)" in written
    assert "for debugging" not in written


DEBUGGED = """
from flask import Flask

app = Flask(__name__)

if __name__ == "__main__":
    app.run(debug=True, port=8000, use_debugger=False, extra_files=["a.toml"])
"""


def test_debug_mode_sets_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    calls = []
    fake = SimpleNamespace(run_simple=lambda *args, **options: calls.append((args, options)))
    monkeypatch.setitem(sys.modules, "server", fake)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(changed(DEBUGGED), names)
    (((host, port, app), options),) = calls
    assert (host, port) == ("127.0.0.1", 8000)
    assert app.debug is True
    assert options == {
        "use_reloader": True,
        "use_debugger": False,
        "extra_files": ["a.toml"],
        "threaded": True,
    }
