"""Queries, cookies and multipart forms, also spoilt ones."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.core.bodies.forms import Cookie, cookies, parts, query_pairs, readable, set_cookie


def test_queries_are_decoded_in_their_order() -> None:
    assert query_pairs("q=%E4%B8%AD+%2B&a&q=2&&=x&b=%ff%41") == (
        ("q", "\u4e2d +"), ("a", ""), ("q", "2"), ("", "x"), ("b", "%FFA"),
    )  # fmt: skip
    assert readable("/\xe4\xb8\xad/\xff") == "/\u4e2d/%FF"


def test_cookies_and_their_attributes() -> None:
    assert cookies('a=1; b="x=y"; c; =d;;') == (
        Cookie("a", "1"), Cookie("b", '"x=y"'), Cookie("c", ""), Cookie("", "d"),
    )  # fmt: skip
    assert set_cookie("sid=a=b; Path=/; HttpOnly;Max-Age=3") == Cookie(
        "sid", "a=b", (("Path", "/"), ("HttpOnly", ""), ("Max-Age", "3"))
    )


FORM = (
    b'--B\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n'
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="\xe4\xb8\xad.png"\r\n'
    b"Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n\0\r\n--B--\r\n"
)
KIND = "multipart/form-data; boundary=B"


def test_a_multipart_form_has_fields_and_files() -> None:
    field, file = parts(FORM, KIND)
    assert (field.name, field.filename, field.data, field.is_file) == ("user", None, b"ada", False)
    assert (file.name, file.filename, file.content_type) == ("f", "\u4e2d.png", "image/png")
    assert file.data == b"\x89PNG\r\n\r\n\0"
    assert file.complete
    assert parts(FORM, 'multipart/form-data; boundary="B"') == (field, file)


def test_a_form_that_was_cut_has_a_part_that_is_not_complete() -> None:
    field, file = parts(FORM[:-12], KIND)
    assert field.complete
    assert not file.complete
    assert file.data == b"\x89PNG\r\n"


def test_what_is_no_multipart_form_has_no_parts() -> None:
    assert parts(FORM, "text/plain") == ()
    assert parts(FORM, "multipart/form-data") == ()
    assert parts(b"", KIND) == ()
    assert parts(b"--B--", KIND) == ()


@settings(deadline=None)
@given(data=st.binary(max_size=200), kind=st.text(max_size=30))
def test_any_bytes_do_no_harm(data: bytes, kind: str) -> None:
    parts(b"--B\r\n" + data, KIND)
    parts(data, f"multipart/form-data; boundary={kind}")
