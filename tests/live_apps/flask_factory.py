"""A Flask app behind a factory: JSON, an error, uploads, a stream, cookies, a redirect."""

import logging

from flask import Flask, Response, jsonify, redirect, request, url_for


def create_app(config=None):
    """Make the app.

    :param config: settings that override the ones here
    """
    app = Flask(__name__)
    app.config.from_mapping(GREETING="Hello, World!")
    app.config.update(config or {})

    @app.route("/")
    def index():
        return app.config["GREETING"]

    @app.route("/json", methods=["GET", "POST"])
    def json_view():
        return jsonify(method=request.method, args=request.args, sent=request.get_json(silent=True))

    @app.route("/error")
    def error():
        secret = "shown among the locals"  # noqa: F841
        return str(1 / 0)

    @app.route("/form", methods=["POST"])
    def form():
        sizes = {name: len(file.read()) for name, file in request.files.items()}
        return jsonify(fields=request.form, sizes=sizes)

    @app.route("/stream")
    def stream():
        lines = (f"line {number}\n" for number in range(request.args.get("count", 3, int)))
        return Response(lines, mimetype="text/plain")

    @app.route("/cookies")
    def cookies():
        response = jsonify(request.cookies)
        for name, value in request.args.items():
            response.set_cookie(name, value)
        return response

    @app.route("/redirect")
    def away():
        return redirect(url_for("index"))

    @app.route("/log")
    def log():
        app.logger.setLevel(logging.INFO)
        app.logger.info("a line from the app's logger")
        return "logged\n"

    return app
