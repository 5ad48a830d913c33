"""Streaming: three answers that are sent while they are made, piece by piece.

A view that returns a generator streams. Each piece goes to the client at once; the request lasts
until the generator ends, or until the client goes away, and then ``finally`` runs.
"""

import time

from framework import App, Response, render_template, request, stream_template, stream_with_context

app = App(__name__)


def asked(name, default, low, high, kind=int):
    """A number from the query string, kept within limits: ``?count=5&pause=0.5``."""
    return min(max(low, request.args.get(name, default, type=kind)), high)


def pieces():
    """Counts up, with a pause before each number but the first."""
    pause = asked("pause", 0.6, 0.0, 2.0, float)
    for number in range(1, asked("count", 8, 1, 40) + 1):
        if number > 1:
            time.sleep(pause)
        yield number


@app.get("/")
def index():
    return render_template("index.html")


@app.get("/lines")
def lines():
    """Plain lines: the simplest stream there is."""

    # Without stream_with_context, "request" would mean nothing any more when the pieces are made.
    @stream_with_context
    def generate():
        try:
            for number in pieces():
                yield f"line {number} of {request.path}, sent at {time.strftime('%X')}\n"
        finally:
            print("the stream of lines has ended")

    return Response(generate(), mimetype="text/plain")


@app.get("/table")
def table():
    """A page that grows: the template is sent as far as it is rendered."""
    return stream_template("table.html", rows=pieces())


@app.get("/events")
def events():
    """Server-sent events, as the browser's EventSource reads them.

    When the connection breaks, the browser asks again and says what it got last.
    """
    last = request.headers.get("Last-Event-ID", 0, type=int)

    @stream_with_context
    def generate():
        for number in pieces():
            if number > last:
                yield f"id: {number}\ndata: {time.strftime('%X')}\n\n"
        yield "event: done\ndata: that was all\n\n"

    return Response(generate(), mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


if __name__ == "__main__":
    app.run(threaded=True)
