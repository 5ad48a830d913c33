"""What is masked, and that nothing else is touched."""

from __future__ import annotations

import json

import pytest
from bounds import examples
from hypothesis import given
from hypothesis import strategies as st

from launcher.core import piecewise
from launcher.core.secrets import (
    MASK,
    OMITTED,
    bodies,
    headers,
    is_secret_name,
    json_text,
    mask_body,
    mask_bytes,
    mask_headers,
    mask_query,
    mask_target,
    mask_text,
    names,
    texts,
)

PLANTED = "hunter2"


@pytest.mark.parametrize(
    "name",
    ["password", "Password", "user[password]", "new_password2", "passwd", "pwd", "token",
     "authToken", "access_token", "csrfmiddlewaretoken", "api_key", "X-Api-Key", "licence-key",
     "client_secret", "Authorization", "Cookie", "sessionid", "PHPSESSID", "jwt", "otp"],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "page",
        "author",
        "primary_key",
        "keyboard",
        "KeyError",
        "app.TokenError",
        "monkey",
        "compass",
        "q",
        "spin",
    ],
)
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_headers() -> None:
    headers = (
        ("Host", "localhost"),
        ("Authorization", f"Bearer {PLANTED}"),
        ("Proxy-Authorization", PLANTED),
        ("Cookie", f"a={PLANTED}; b={PLANTED}==; c"),
        ("Set-Cookie", f"sid={PLANTED}; Path=/; HttpOnly"),
        ("X-Api-Key", PLANTED),
        ("Referer", f"http://me:{PLANTED}@host/a?token={PLANTED}&page=2"),
        ("Location", f"/done#access_token={PLANTED}"),
    )
    masked = dict(mask_headers(headers))
    assert PLANTED not in str(masked)
    assert masked["Host"] == "localhost"
    assert masked["Authorization"] == f"Bearer {MASK}"
    assert masked["Cookie"] == f"a={MASK}; b={MASK}; c"
    assert masked["Set-Cookie"] == f"sid={MASK}; Path=/; HttpOnly"
    assert masked["Referer"] == f"http://me:{MASK}@host/a?token={MASK}&page=2"


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("a=1&password=x+y&b=2", f"a=1&password={MASK}&b=2"),
        ("user%5Bpassword%5D=x;a=1", f"user%5Bpassword%5D={MASK};a=1"),
        ("pass%77ord=x", f"pass%77ord={MASK}"),
        ("password=&token", "password=&token"),
        ("%zz=1&&=", "%zz=1&&="),
    ],
)
def test_queries(query: str, masked: str) -> None:
    assert mask_query(query) == masked
    assert mask_target(f"/a?{query}") == f"/a?{masked}"


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        ('{"a":1,"a":2,"price":1.10,"big":1e400}', None),
        (f'{{"password" : "{PLANTED}", "n": 1.10}}', f'{{"password" : "{MASK}", "n": 1.10}}'),
        (f'{{"token":["{PLANTED}",{{"a":"]"}}],"n":1}}', f'{{"token":"{MASK}","n":1}}'),
        (f'{{"pass\\u0077ord":"{PLANTED}\\"{PLANTED}"}}', f'{{"pass\\u0077ord":"{MASK}"}}'),
        (f'{{"a":"x","secret":"{PLANTED}', f'{{"a":"x","secret":"{MASK}"'),
        ('{"password":null,"token":"","key":true}', None),
        (f'{{"pin":{1234}}}', f'{{"pin":"{MASK}"}}'),
        (f'{{"log":"password=\\"{PLANTED}\\""}}', f'{{"log":"password=\\"{MASK}\\""}}'),
    ],
)
def test_json(body: str, masked: str | None) -> None:
    expected = body if masked is None else masked
    assert mask_body(body.encode(), "application/json") == expected
    assert mask_body(body.encode()) == expected


def test_forms() -> None:
    body = f"user=me&password={PLANTED}&page=2"
    for kind in ("application/x-www-form-urlencoded", ""):
        assert mask_body(body.encode(), kind) == f"user=me&password={MASK}&page=2"


def test_multipart_forms() -> None:
    parts = [
        ('name="user"', b"me"),
        ('name="password"', PLANTED.encode()),
        ('name="file"; filename="a.png"', b"\x89PNG\0"),
        ('name="note"', f"token={PLANTED}".encode()),
    ]
    body = b"".join(
        b"--B\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    for kind in ("multipart/form-data; boundary=B", 'multipart/form-data; boundary="B"', ""):
        text = mask_body(body + b"--B--\r\n", kind)
        assert text is not None
        assert PLANTED not in text
        assert "me\r\n" in text
        assert OMITTED in text
        assert text.count("--B") == 5


@pytest.mark.parametrize("data", [b"\0", b"\xff\xfe", b"abc\xc3("])
def test_what_is_no_text_is_not_shown(data: bytes) -> None:
    assert mask_body(data) is None


def test_a_character_that_was_cut_in_two() -> None:
    assert mask_body("äö".encode()[:-1]) == "ä"


@pytest.mark.parametrize(
    "text",
    [f"password={PLANTED}", f"PASSWORD: {PLANTED}", f"api_key = '{PLANTED}'",
     f"Authorization: Bearer {PLANTED}", f"got Bearer {PLANTED} here",
     f"Set-Cookie: sid={PLANTED}; Path=/", f"postgres://me:{PLANTED}@host/db",
     f'<input name="csrf_token" value="{PLANTED}">', f"{{'token': '{PLANTED}'}}",
     f"?a=1&access_token={PLANTED}&b=2", f'headers["X-Api-Key"]="{PLANTED}"',
     f"os.environ['DB_PASSWORD'] = '{PLANTED}'", f'password = "two words {PLANTED}"',
     f'pw = "a, \\"b\\" ({PLANTED})"', f'{{\\"token\\": \\"a b; {PLANTED}\\"}}',
     f"api_key = &#34;{PLANTED}&#34;", f"{{&#x27;pw&#x27;: &#x27;a &amp; {PLANTED}&#x27;}}",
     f'<td>token = &quot;{PLANTED}&quot;</td>', f'if token == "{PLANTED}":'],
)  # fmt: skip
def test_texts(text: str) -> None:
    assert PLANTED not in mask_text(text)
    assert MASK in mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GET / 200",
        "see https://host:80/a",
        "key",
        "the password is wrong",
        "a=b: c",
        "args['password'], args['page']",
        "say 'token=', 'page'",
        "see ['token']",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert mask_text(text) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", 'q"', "password", "token"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_json_stays_json_without_its_secrets(value: object) -> None:
    def cleaned(value: object) -> object:
        if isinstance(value, list):
            return [cleaned(item) for item in value]
        if isinstance(value, dict):
            return {
                name: MASK
                if is_secret_name(name)
                and not (item in (None, "") or item is True or item is False)
                else cleaned(item)
                for name, item in value.items()
            }
        return value

    text = mask_body(json.dumps(value).encode(), "application/json")
    assert text is not None
    assert json.loads(text) == cleaned(value)


@given(st.binary(max_size=40), st.sampled_from(["", "application/json", "multipart/x; boundary=a"]))
def test_any_bytes_are_taken(data: bytes, kind: str) -> None:
    mask_body(data, kind)


def test_blank_lines_take_no_time() -> None:
    """A search that began anew at each line would take hours."""
    text = "cookie\n" + "\n" * 1_000_000
    assert mask_text(text) == text
    assert mask_text(f"{text}\t Set-Cookie: a={PLANTED}\n").endswith(f"\t Set-Cookie: a={MASK}\n")


@pytest.mark.parametrize(
    "key", ["token", "to_ken", "to.ken", "\\u0074oken", "to\\nken", "API Key", "\u212aey"]
)
def test_keys_of_json_however_they_are_written(key: str) -> None:
    body = f'{{"page": "1", "{key}": "{PLANTED}", "items": [1, 2]}}'
    assert mask_body(body.encode(), "application/json") == body.replace(PLANTED, MASK)


def test_letters_that_are_others_without_regard_to_case() -> None:
    assert mask_text(f"coo\u212aie: a={PLANTED}; key") == f"coo\u212aie: a={MASK}; key"
    assert mask_text(f"Ba\u017fic {PLANTED} key") == f"Ba\u017fic {MASK} key"


def test_secrets_across_the_pieces_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piecewise, "PIECE", 10_400)
    secret = (
        f'password="{PLANTED}" http://ada:{PLANTED}@host/ Bearer {PLANTED}\nCookie: a={PLANTED}\n'
        f'<input name="token" value="{PLANTED}"> secret: {PLANTED * 3_000}'
    )
    for before in range(10_200, 10_420, 3):
        for text in ("x " * (before // 2) + secret, "\n" * before + secret):
            assert PLANTED not in mask_text(text)
        body = f'{{"x":"{"x" * before}","password":["{PLANTED}",{{"a":"]{PLANTED}"}}],"b":"c"}}'
        masked = mask_body(body.encode(), "application/json")
        assert masked == f'{{"x":"{"x" * before}","password":"{MASK}","b":"c"}}'
        query = f"{'x' * before}=1&token={PLANTED}&b={'y' * 30_000}&secret={PLANTED}"
        assert PLANTED not in mask_query(query)
    spaces = " " * 200_000
    body = f'{{"token"{spaces}:{spaces}"{PLANTED}"}}'.encode()
    assert PLANTED not in str(mask_body(body, "application/json"))


_WORDS = st.lists(
    st.sampled_from([
        "pw", "token", "sort_key", "to_ken", "page", "Cookie", "set-cookie", "Bearer ", "abcdefgh",
        "x", "=", ":", "==", "&", ";", "\n", "\r\n\r\n", " ", "\t", '"', "'", '\\"', "{", "}", "[",
        "]", ",", "null", "://", "@", "?", "#", "<input ", ">", "name=pw", "value=", "%74oken", "+",
        "\u212aey", "&#34;", '\\"', "--a", 'name="pw"', "\0",
        'form-data; name="pw"', "\n\n", "\\n\\n",
    ]),
    max_size=40,
).map("".join)  # fmt: skip


@given(_WORDS, st.sampled_from(["", "application/json", "application/x-www-form-urlencoded",
                                "multipart/form-data; boundary=a", "text/plain"]))  # fmt: skip
@examples(150)
def test_what_is_masked_in_pieces_is_what_is_masked_at_one_go(text: str, kind: str) -> None:
    data = text.encode()
    whole = mask_body(data, kind), mask_bytes(data, kind), mask_query(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(piecewise, "PIECE", 41)
        for module in (bodies, headers, json_text, texts):
            patch.setattr(module, "PIECE", 41)
        if kind:  # otherwise a form is known by the looks of its first piece
            assert (mask_body(data, kind), mask_bytes(data, kind), mask_query(text)) == whole


def test_fields_behind_what_has_no_name_or_too_long_a_one() -> None:
    assert mask_query("=token=x&a==b") == f"=token={MASK}&a==b"
    assert mask_query(f"{'n' * 5000}=token=x") == f"{'n' * 5000}=token={MASK}"


def test_of_very_many_parts_the_last_ones_are_masked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_MOST_PARTS", 3)
    part = '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nplain\r\n'
    kind = "multipart/form-data; boundary=B"
    body = (part * 5).encode()
    masked = mask_body(body, kind)
    assert masked is not None
    assert masked.count("plain") == 2  # what stands before the first part counts as one
    assert masked.count(MASK) == 3
    assert mask_bytes(body, kind).decode() == masked


def test_a_tag_without_an_end_is_masked() -> None:
    tags = f'<input name="token" value="{PLANTED}" <input name="pin" value="{PLANTED}">'
    assert PLANTED not in mask_text(tags)


def test_a_cookie_without_a_value_keeps_its_attributes() -> None:
    assert mask_headers([("Set-Cookie", f"{PLANTED}; Path=/")]) == (
        ("Set-Cookie", f"{MASK}; Path=/"),
    )


@pytest.mark.parametrize(
    "piece",
    ["a", " ", "\n", "&", "=", "<input ", '"', '"" ', '{"password":[', "[]", "://", "cookie: a",
     "cookie:\n", "k:://", "form-data; name=", 'form-data; name="pw"\n\n', "form-data;pw\\"],
)  # fmt: skip
def test_much_of_anything_is_masked_in_one_pass(piece: str) -> None:
    # Where a pattern looks at the same characters again from each of them, this takes hours.
    text = piece * (400_000 // len(piece))
    mask_text(f"{text} password={PLANTED}")
    mask_target(f"/?{text}")
    mask_body(text.encode(), "application/x-www-form-urlencoded")
    mask_body(text.encode(), "application/json")


def test_a_name_is_judged_once_and_not_all_of_them_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_MOST_KNOWN", 2)
    asked: list[str] = []

    def judge(name: str) -> bool:
        asked.append(name)
        return name == "pin"

    is_secret = names.Verdicts(judge)
    assert [is_secret[name] for name in ("pin", "page", "pin", "page")] == [True, False] * 2
    assert asked == ["pin", "page"]
    assert not is_secret["other"]
    assert len(is_secret) == 1
