"""What looks like a token is masked in a mail's links, and nothing else is."""

from __future__ import annotations

import base64
import uuid
from random import Random

import pytest

from launcher.core.mail_links import mask_links


@pytest.mark.parametrize(
    ("link", "masked"),
    [
        (
            "http://127.0.0.1:8000/reset/MQ/c8o2lm-5f0b6a4d3e2c1b0a9f8e7d6c5b4a3f2e/",
            "http://127.0.0.1:8000/reset/MQ/***/",
        ),
        (
            "https://shop.example/confirm/ImFAYi5vcmci.Zx81Qw.k3J9fP0aYt2LmN4bV6cX8zQ1sD5",
            "https://shop.example/confirm/***",
        ),
        ("https://a.org/?t=4f9a0c7be1d25f8a3c6b&page=2#top", "https://a.org/?t=***&page=2#top"),
        ("https://a.org/blog/how-to-write-a-blog-post-in-2024", None),
        ("https://a.org/orders/12345678901234567890", None),
        ("https://a.org", None),
        ("https://a1b2c3d4e5f6a7b8c9d0e1.example/", None),
    ],
)
def test_links(link: str, masked: str | None) -> None:
    text = f"Hello,\ngo to {link}\nor <{link}>."
    assert mask_links(text) == text.replace(link, masked or link)


def test_tokens_as_they_are_usually_made() -> None:
    random = Random(1)
    for _ in range(50):
        made = random.randbytes(32)
        encoded = base64.urlsafe_b64encode(made).rstrip(b"=").decode()
        for token in (encoded, made[:20].hex(), str(uuid.UUID(bytes=made[:16]))):
            assert mask_links(f"https://a.org/join/{token}") == "https://a.org/join/***"


def test_text_outside_of_links_stays() -> None:
    text = "Your order 4f9a0c7be1d25f8a3c6b has left."
    assert mask_links(text) == text
