"""Parts of forms within texts: the values of secret ones are masked, and nothing else."""

from __future__ import annotations

import json

from launcher.core.secrets import MASK, mask_text

PLANTED = "hunter2"


def test_a_multipart_form_within_a_text() -> None:
    """As an exception's message has it, a variable of a frame, and either within JSON."""
    head = "--B\r\nContent-Disposition: form-data; name="
    kind = "\r\nContent-Type: text/plain"
    form = f'{head}"a"\r\n\r\nme\r\n{head}"pw"\r\n\r\n{PLANTED}"\r\n{PLANTED}\r\n'
    form += f'{head}"key"; filename="k.pem"{kind}\r\n\r\n-----BEGIN\r\n{PLANTED}\r\n--B--\r\n'
    variants = [form, form.replace("\r", ""), repr(form), json.dumps(form), json.dumps(repr(form))]
    for text in [f"can't use {one} of it" for one in variants]:
        masked = mask_text(text)
        assert PLANTED not in masked
        assert masked.count(MASK) == 2
        assert masked[:70] == text[:70]
        assert masked.endswith(" of it")
    cut = form[: form.index("BEGIN") + 30]
    assert PLANTED not in mask_text(cut) + mask_text(repr(cut))
    assert mask_text(f"{cut!r}\nmore").endswith("\nmore")
    prose = 'form-data; name="password" is needed:\n\nsee below'
    assert mask_text(prose) == prose
