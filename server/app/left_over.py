"""What a reload within one process leaves behind of the app before.

The project's modules are imported anew, but its threads, log handlers, sockets, and what it has
entered into the registries of libraries, stay. An import that had worked may then fail: "Duplicated
timeseries", "Address already in use". Any thread; no state.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

__all__ = ["LEFT_OVER", "is_left_over"]

LEFT_OVER = (
    " It was loaded before: where what that has left behind in this process is the cause, "
    "choose Separate process."
)
"""A sentence for the user of an app that could be loaded before in the same process."""


def is_left_over(error: Optional[BaseException], project: Path) -> bool:
    """Whether an import may have failed for what the app before has left behind.

    That is so where a library complains, or the system; not where the project's own code raises, is
    misspelled, or misses a module.
    """
    if error is None or isinstance(error, (SyntaxError, ImportError, SystemExit)):
        return False
    if isinstance(error, OSError):
        return not isinstance(error, FileNotFoundError)
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    if innermost is None:
        return False
    file = os.path.realpath(innermost.tb_frame.f_code.co_filename)
    own = file.startswith(str(project.resolve()) + os.sep)
    return not own or "site-packages" in Path(file).parts
