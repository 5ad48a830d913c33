"""An ASGI app without a framework, with a lifespan; what it did goes to standard output."""

import json


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["began"] = "here"
        print("startup")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("shutdown")
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if scope["path"] == "/boom":
        raise ValueError("boom")
    answer = {
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "state": scope["state"],
        "size": len(body),
    }
    data = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data[:5], "more_body": True})
    await send({"type": "http.response.body", "body": data[5:]})
