"""Templates of Django: what is rendered, and what that includes.

``Template.render`` is called for both. A template that extends another one is rendered as one, by
the name of the outermost.

Source: ``django.template.base.Template``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...facts.span import TEMPLATE
from ..patches import Patches
from ..spans import OpenSpan
from .calls import record_calls
from .known import check_has

__all__ = ["AFTER", "install"]

AFTER = "django.template.base"


def install(module: ModuleType, patches: Patches) -> None:
    """See the module."""
    library: Any = module
    check_has(library, "Django", "Template")
    check_has(library.Template, "Django", "render")
    record_calls(patches, library.Template, ("render",), TEMPLATE, _rendering)


def _rendering(span: OpenSpan, template: Any, *unused: Any, **named: Any) -> None:
    span.label = str(template.name or "<template>")
