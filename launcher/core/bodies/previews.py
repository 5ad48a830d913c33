"""What a browser is given to show a body: a page that can neither run a script nor fetch anything.

Pure functions; any thread. Two locks, either of which would do: the page's own policy allows
nothing but what is in the page, and the body stands in a frame whose sandbox has no rights, so that
it can't run scripts, send forms, open windows, or lead the browser elsewhere. A picture of lines
(SVG) stands in an ``img``, where browsers run and fetch nothing of it.
"""

from __future__ import annotations

import base64
import html

__all__ = ["POLICY", "preview_page"]

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
    "form-action 'none'; base-uri 'none'"
)
_PAGE = """<!doctype html>
<html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>Preview of a body</title>
<style>html, body {{ margin: 0; height: 100% }} iframe {{ border: 0; width: 100%; height: 100% }}
img {{ max-width: 100% }}</style>
</head><body>{content}</body></html>
"""


def preview_page(text: str, media_type: str) -> str:
    """The page for an HTML body or an SVG picture.

    :param media_type: of the body, in lower case
    """
    if media_type == "image/svg+xml":
        data = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
        content = f'<img alt="" src="data:image/svg+xml;base64,{data}">'
    else:
        content = f'<iframe sandbox srcdoc="{html.escape(text)}"></iframe>'
    return _PAGE.format(policy=html.escape(POLICY), content=content)
