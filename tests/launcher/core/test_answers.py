"""Which statement of a view made its answer."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from launcher.core.answers import answering_line, line_of_answer

VIEW = '''\
@app.post("/orders")
def order():
    """Take an order: 404 and 201 stand here, too."""
    if not request.json:
        abort(400)
    found = items.get(request.json["item"]) or missing(
        "404"
    )
    if found is None:
        return {"problem": "no such item"}, 404
    try:
        store(found)
    except Full:
        raise ServiceUnavailable("full") from None

    def later():
        return "no", 409

    return (
        jsonify(found),
        201,
    )


def other():
    return "", 204
'''


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "abort(400)"),
        (404, 'return {"problem"'),
        (503, "raise ServiceUnavailable"),
        (201, "return ("),
        (409, "@app.post"),
        (204, "@app.post"),
        (200, "@app.post"),
    ],
)
def test_the_statement_that_says_the_status_is_the_one(status: int, text: str) -> None:
    assert VIEW.split("\n")[answering_line(VIEW, 1, status) - 1].lstrip().startswith(text)


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        ("return 'no such order'", 200, 2),
        ("if x:\n    return 1\nreturn 2", 200, 1),  # one of two
        ("if x:\n    return 1, 404\nreturn 2", 200, 4),
        ("if x:\n    return HttpResponseNotFound()\nreturn 2", 404, 3),
        ("if x:\n    raise Http404\nreturn 2", 404, 3),
        ("x = get_object_or_404(Order, 1)\nreturn x", 404, 2),
        ("if x:\n    abort(404)\nabort(404)", 404, 1),  # one of two
        ("resp.status = falcon.HTTP_404", 404, 2),
        ("resp.status = '404 Not Found'", 404, 2),
        ("response.status_code = 418\nreturn response", 418, 2),
        ("raise HTTPException(status_code=422)", 422, 2),
        ("return Response(data, status=status.HTTP_409_CONFLICT)", 409, 2),
        ("return JSONResponse(data, HTTPStatus.CONFLICT)", 409, 2),
        ("return '', '202 Accepted'", 202, 2),
        ("return redirect('/')", 302, 2),
        ("return items[404]", 404, 1),
        ("return 'x', 299", 299, 2),
    ],
)
def test_ways_to_say_it(body: str, status: int, line: int) -> None:
    assert answering_line("def view(x):\n" + textwrap.indent(body, "    "), 1, status) == line


def test_a_method_and_a_text_at_the_margin() -> None:
    text = (
        "class Orders:\n    async def get(\n        self,\n    ):\n"
        '        """\nno\n"""\n        abort(404)\n\n    x = 1\n'
    )
    assert answering_line(text, 2, 404) == 8


@pytest.mark.parametrize(
    "text", ["", "x = 1", "def view(:\n  return", "\x00", "class A:\n    x = 1"]
)
def test_what_is_no_view_leads_to_the_line_itself(text: str) -> None:
    assert answering_line(text, 1, 404) == 1
    assert answering_line(text, 99, 404) == 99


def test_a_file_that_is_gone_does_too(tmp_path: Path) -> None:
    assert line_of_answer(str(tmp_path / "none.py"), 7, 404) == 7
    assert line_of_answer("\x00", 7, 404) == 7
    file = tmp_path / "shop.py"
    file.write_text(VIEW)
    assert line_of_answer(str(file), 1, 400) == 5
