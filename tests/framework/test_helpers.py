"""helpers.py, services.py, urls.py: links, redirects, aborts, flashes, files."""

from __future__ import annotations

import io

import pytest
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BuildError, Rule

from framework import (
    App,
    abort,
    flash,
    get_flashed_messages,
    redirect,
    send_file,
    send_from_directory,
    url_for,
)
from framework.signals import message_flashed


@pytest.fixture
def user(app):
    app.route("/user/<name>", endpoint="user")(lambda name: name)
    return app


def test_url_for_in_a_request(user):
    with user.test_request_context(base_url="http://host.test/mounted"):
        assert url_for("user", name="a b") == "/mounted/user/a%20b"
        assert url_for("user", name="a", q=[1, 2]) == "/mounted/user/a?q=1&q=2"
        assert url_for("user", name="a", _anchor="x y") == "/mounted/user/a#x%20y"
        assert url_for("user", name="a", _external=True) == "http://host.test/mounted/user/a"
        assert url_for("user", name="a", _scheme="https").startswith("https://host.test/")
        assert url_for(".user", name="a") == "/mounted/user/a"
        with pytest.raises(ValueError, match="_external"):
            url_for("user", name="a", _scheme="https", _external=False)
        with pytest.raises(BuildError):
            url_for("user")
        with pytest.raises(BuildError):
            url_for("nobody")


def test_url_for_outside_a_request(user):
    with user.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("user", name="a")
    user.config.from_mapping(SERVER_NAME="h.test", PREFERRED_URL_SCHEME="https")
    with user.app_context():
        assert url_for("user", name="a") == "https://h.test/user/a"
        assert url_for("user", name="a", _external=False) == "/user/a"
    assert user.url_for("user", name="a") == "https://h.test/user/a"


def test_url_for_of_another_app(user, tmp_path):
    other = App("other", root_path=str(tmp_path))
    other.config["SERVER_NAME"] = "other.test"
    other.add_url_rule("/there", endpoint="there")
    with user.test_request_context():
        assert other.url_for("there") == "http://other.test/there"


def test_url_build_error_handlers(user):
    def moving(error, endpoint, values):
        raise BuildError("moved", {}, None)

    user.url_build_error_handlers.append(lambda error, endpoint, values: None)
    with user.test_request_context():
        with pytest.raises(BuildError, match="nobody"):
            url_for("nobody")
        user.url_build_error_handlers.append(moving)
        with pytest.raises(BuildError, match="moved"):
            url_for("nobody")
        user.url_build_error_handlers.append(
            lambda error, endpoint, values: f"/external/{endpoint}/{values['_anchor']}"
        )
        assert url_for("nobody", _anchor="a") == "/external/nobody/a"


def test_host_matching(tmp_path):
    app = App("x", root_path=str(tmp_path), host_matching=True, static_folder=None)
    app.route("/", host="a.test", endpoint="a")(lambda: "a")
    app.route("/", host="b.test", endpoint="b")(lambda: "b")
    client = app.test_client()
    assert client.get("/", base_url="http://a.test").text == "a"
    assert client.get("/", base_url="http://b.test").text == "b"


def test_plain_werkzeug_rule(app, client):
    app.url_map.add(Rule("/plain", endpoint="plain"))
    app.endpoint("plain")(lambda: "plain")
    assert client.get("/plain").text == "plain"
    assert client.options("/plain").text == "plain"


def test_redirect(app):
    assert redirect("/x", 303).headers["Location"] == "/x"
    with app.test_request_context():
        response = redirect("/x")
        assert (response.status_code, type(response)) == (302, app.response_class)
        assert type(redirect("/x", Response=app.response_class)) is app.response_class


def test_abort(app):
    class Teapot(HTTPException):
        code = 777

    with pytest.raises(NotFound):
        abort(404)
    app.aborter.mapping[777] = Teapot
    with app.app_context():
        with pytest.raises(Teapot):
            abort(777)
        with pytest.raises(NotFound, match="gone"):
            abort(404, "gone")
        with pytest.raises(LookupError):
            abort(299)


def test_flash(app, client):
    seen = []

    def record(sender, message, category):
        seen.append((message, category))

    @app.route("/flash")
    def do_flash():
        flash("one")
        flash("two", "error")
        return "x"

    @app.route("/show")
    def show():
        first = get_flashed_messages()
        assert get_flashed_messages() == first
        return [
            first,
            get_flashed_messages(with_categories=True),
            get_flashed_messages(category_filter=["error"]),
        ]

    with message_flashed.connected_to(record, app):
        client.get("/flash")
    assert seen == [("one", "message"), ("two", "error")]
    assert client.get("/show").json == [
        ["one", "two"],
        [["message", "one"], ["error", "two"]],
        ["two"],
    ]
    assert client.get("/show").json == [[], [], []]
    with pytest.raises(RuntimeError, match="test_request_context"):
        get_flashed_messages()


def test_send_file(app, client, tmp_path):
    (tmp_path / "a.txt").write_text("0123456789")
    app.route("/path")(lambda: send_file("a.txt", max_age=5))
    app.route("/object", endpoint="object")(
        lambda: send_file(io.BytesIO(b"x"), download_name="x.bin", as_attachment=True)
    )
    with client.get("/path", headers={"Range": "bytes=2-3"}) as response:
        assert (response.status_code, response.text) == (206, "23")
        assert response.cache_control.max_age == 5
    with client.get("/object") as response:
        assert response.headers["Content-Disposition"] == "attachment; filename=x.bin"
    with app.test_request_context(), pytest.raises(TypeError, match="mimetype"):
        send_file(io.BytesIO(b"x"))


def test_send_from_directory(app, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static" / "a.txt").write_text("a")
    with app.test_request_context():
        with send_from_directory("static", "a.txt") as response:
            assert response.mimetype == "text/plain"
        for name in ("../secret.txt", "/etc/passwd", "none.txt", "."):
            with pytest.raises(NotFound):
                send_from_directory("static", name)


def test_x_sendfile(app, tmp_path):
    (tmp_path / "static" / "a.txt").write_text("a")
    app.config["USE_X_SENDFILE"] = True
    with app.test_request_context(), send_from_directory("static", "a.txt") as response:
        assert response.headers["X-Sendfile"].endswith("a.txt")
