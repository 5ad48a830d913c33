"""What is reported of a request, also where the next one is nearly the same."""

from __future__ import annotations

from server.events import AppError, RequestFinished
from server.flow.apps import record_flow
from server.flow.recording import Recording
from server.reporting import exchanges
from server.reporting.exchanges import Exchanges


def mounted(environ, start_response):
    """Finds what DispatcherMiddleware leaves it; its answer depends on the query and the body."""
    environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/mounted", "/"
    if environ["QUERY_STRING"] == "fail":
        raise LookupError("asked for")
    body = b"x" * int(environ["QUERY_STRING"] or 3) + environ["wsgi.input"].read()
    start_response("200 OK", [("X-Length", str(len(body)))])
    return [body[:2], body[2:]] if body.startswith(b"xxxxx") else [body]


def test_the_path_is_the_client_s_not_what_the_app_makes_of_it(serve_each, events):
    serve_each(mounted).get("/mounted/a%20b")
    (event,) = events.wait_count(RequestFinished, 1)
    assert (event.target, event.path) == ("/mounted/a%20b", "/mounted/a b")


def test_no_event_of_a_connection_shows_what_only_another_one_should(serve_each, events):
    """Each request is reported as on a connection of its own."""
    post = b"POST /?1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
    requests = [
        b"GET /?fail HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /?0 HTTP/1.1\r\nHost: a\r\n\r\n", post,
        b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /?9 HTTP/1.1\r\nHost: a\r\n\r\n", post,
        b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", b"GET /?9 HTTP/1.1\r\nHost: a\r\n\r\n",
    ]  # fmt: skip
    server = serve_each(mounted)
    with server.connect() as client:
        for request in requests:
            client.send(request)
            client.answer(request.split(b" ")[0].decode())
    for number, request in enumerate(requests):
        with server.connect() as client:
            client.send(request)
            client.answer(request.split(b" ")[0].decode())
        events.wait_count(RequestFinished, len(requests) + number + 1)
    finished = sorted(events.of(RequestFinished), key=lambda event: event.id)
    found = [_lasting(event) for event in finished]
    assert found[: len(requests)] == found[len(requests) :]
    assert len(events.of(AppError)) == 2
    kept = [event.response_body.data for event in finished[:5]]
    assert kept[1:] == [b"xxx", b"xxx", b"", b"xbody"]
    assert [event.request_body.data for event in finished[3:6]] == [
        b"", b"body", b"",
    ]  # fmt: skip


def _lasting(event: RequestFinished) -> RequestFinished:
    """What doesn't differ when the same request comes once more."""
    headers = tuple(item for item in event.response_headers if item[0] != "Date")
    return event.replace(
        id=0, started=0.0, duration=0.0, app_duration=0.0, thread="", remote_port=0,
        error_id=event.error_id and 1, response_headers=headers,
    )  # fmt: skip


def test_few_exchanges_are_remembered(serve_each, events):
    """However many different ones there are; the first comes again as it was."""
    count = Exchanges._COUNT + 20
    server = serve_each(mounted)
    with server.connect() as client:
        for number in [*range(count), 0, 0]:
            client.send(f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            client.answer("GET")
    found = events.wait_count(RequestFinished, count + 2)
    assert [event.path for event in found] == [f"/{n}" for n in [*range(count), 0, 0]]
    assert _lasting(found[0]) == _lasting(found[-1])
    assert found[-1].exchange is found[-2].exchange
    reporter = server.server.reporter
    assert len(reporter.exchanges._known) <= Exchanges._COUNT


def test_requests_that_are_recorded_share_what_is_not_their_own(serve, events, monkeypatch):
    made = []
    common = exchanges._common
    monkeypatch.setattr(
        exchanges, "_common", lambda *given: (made.append(given), common(*given))[1]
    )
    running = serve(record_flow(mounted)[0])
    running.server.recording = Recording()
    with running.connect() as client:
        for _ in range(5):
            client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.answer("GET")
    found = events.wait_count(RequestFinished, 5)
    assert all(event.flow and event.spans == () for event in found)
    assert len({event.flow for event in found}) == 5
    assert 1 <= len(made) < 5  # the date may have changed once
