"""json.py and tagging.py: what is written, and that it is read back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from framework import json, jsonify, tagging


@dataclass
class Point:
    x: int


def test_dumps_and_loads_without_and_with_an_app(app):
    values = [
        date(2024, 1, 2),
        Decimal("1.5"),
        uuid.UUID(int=1),
        Point(1),
        Markup("<b>"),
    ]
    expected = [
        "Tue, 02 Jan 2024 00:00:00 GMT",
        "1.5",
        "00000000-0000-0000-0000-000000000001",
        {"x": 1},
        "<b>",
    ]
    assert json.loads(json.dumps(values)) == expected
    with app.app_context():
        assert json.loads(json.dumps(values)) == expected
        assert json.dumps({"b": 1, "a": "é"}) == '{"a": "\\u00e9", "b": 1}'
    with pytest.raises(TypeError, match="JSON has no form for 'object'"):
        json.dumps(object())


def test_jsonify(app):
    with app.test_request_context():
        assert jsonify().data == b"null\n"
        assert jsonify(1).data == b"1\n"
        assert jsonify(1, 2).data == b"[1,2]\n"
        assert jsonify(a=1).data == b'{"a":1}\n'
        assert jsonify(a=1).mimetype == "application/json"
        app.debug = True
        assert jsonify(a=1).data == b'{\n  "a": 1\n}\n'
        app.json.compact = True
        assert jsonify(a=1).data == b'{"a":1}\n'
        with pytest.raises(TypeError, match="not both"):
            jsonify(1, a=2)


def test_own_provider(app):
    class Mine(json.DefaultJSONProvider):
        mimetype = "application/vnd.mine+json"
        sort_keys = False

    app.json = Mine(app)
    with app.test_request_context():
        response = jsonify({"b": 1, "a": 2})
        assert response.data == b'{"b":1,"a":2}\n'
        assert response.mimetype == "application/vnd.mine+json"


leaf = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.binary()
    | st.uuids()
    | st.text().map(Markup)
)
key = st.text() | st.sampled_from([" t", " b", " di", " t__", " di__", "__"])
tree = st.recursive(
    leaf,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(key, inner),
    max_leaves=20,
)


@given(tree)
def test_tagged_round_trip(value):
    found = tagging.loads(tagging.dumps(value))
    assert found == value
    assert repr(found) == repr(value) or isinstance(value, dict | list | tuple)


def test_tagged_types_stay():
    now = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    value = [(1, b"x"), Markup("<b>"), now, {" t": 1}, {" di": {" t": [1]}}]
    found = tagging.loads(tagging.dumps(value))
    assert found == value
    assert [type(item) for item in found] == [type(item) for item in value]


def test_what_has_no_form_is_named_with_the_remedy(app):
    app.testing = True
    app.route("/")(lambda: {"a": {1, 2}})
    with pytest.raises(TypeError, match=r"no form for 'set'.*Turn it into a dict, list"):
        app.test_client().get("/")
