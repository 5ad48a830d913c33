"""A Bottle app: a greeting, a dictionary as JSON, an error, a stream."""

from bottle import Bottle

app = Bottle()


@app.route("/")
def index():
    return "Hello, World!"


@app.route("/json/<name>")
def json_view(name):
    return {"name": name}


@app.route("/error")
def error():
    raise RuntimeError("raised in a Bottle view")


@app.route("/stream")
def stream():
    for number in range(3):
        yield f"line {number}\n"
