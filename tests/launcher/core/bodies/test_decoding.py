"""Codings are undone, within bounds, and honestly."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.core.bodies.decoding import Decoded, decode


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
]
PLAIN = b"hello, world\n" * 1000


@pytest.mark.parametrize(("name", "pack"), PACK)
def test_each_coding_is_undone(name: str, pack: Callable[[bytes], bytes]) -> None:
    assert decode(pack(PLAIN), f" {name.upper()} ") == Decoded(PLAIN, (name,))


def test_several_are_undone_from_the_last_to_the_first() -> None:
    data = brotli.compress(gzip.compress(PLAIN))
    assert decode(data, "gzip, br") == Decoded(PLAIN, ("br", "gzip"))
    assert decode(PLAIN, "identity") == Decoded(PLAIN)
    assert decode(b"", "gzip") == Decoded(b"")


def test_several_members_and_frames_are_one_body() -> None:
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), "gzip").data == b"ab"
    assert decode(zstandard.compress(b"a") + zstandard.compress(b"b"), "zstd").data == b"ab"


@pytest.mark.parametrize(("name", "pack"), PACK)
def test_what_isnt_what_it_claims_stays_as_it_was_sent(
    name: str, pack: Callable[[bytes], bytes]
) -> None:
    found = decode(b"plain text", name)
    assert (found.data, found.undone) == (b"plain text", ())
    assert found.problem == f"This is not {name}, though its header names it: the bytes as sent."


def test_an_unknown_coding_is_named() -> None:
    found = decode(b"x", "compress")
    assert found.data == b"x"
    assert found.problem.startswith("The encoding 'compress' isn't known")


@pytest.mark.parametrize(("name", "pack"), PACK)
def test_what_ends_too_early_is_shown_as_far_as_it_goes(
    name: str, pack: Callable[[bytes], bytes]
) -> None:
    plain = random.Random(1).randbytes(300_000)
    data = pack(plain)
    cut = data[: len(data) // 2]
    found = decode(cut, name)
    assert plain.startswith(found.data)
    assert found.problem == f"The {name} data ends too early: this is what it holds."
    assert not found.complete
    kept = decode(cut, name, whole=False)
    assert (kept.data, kept.problem, kept.complete) == (found.data, "", False)


@pytest.mark.parametrize(("name", "pack"), PACK)
def test_a_bomb_is_undone_in_part(name: str, pack: Callable[[bytes], bytes]) -> None:
    found = decode(pack(b"\0" * 20_000_000), name, limit=1_000_000)
    assert found.data == b"\0" * 1_000_000
    assert not found.complete
    assert found.problem == ""


@settings(deadline=None)
@given(data=st.binary(max_size=300), name=st.sampled_from(["gzip", "deflate", "br", "zstd", "a,b"]))
def test_any_bytes_do_no_harm(data: bytes, name: str) -> None:
    assert len(decode(data, name, limit=1000).data) <= max(1000, len(data))
