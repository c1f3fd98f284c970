"""The code that makes data, as a hash: what is kept of earlier code is not taken for its own."""

import hashlib
import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from fmbench.fields import Field


def code_of(build: Callable[..., Any]) -> str:
    """Return a hash of the sources of this room, of fields and of what builds a table.

    So there is no version number to forget.
    """
    own = None if isinstance(build, partial) else inspect.getsourcefile(build)
    room, ids = Path(__file__).parent, Path(inspect.getfile(Field))
    digest = hashlib.sha256()
    for source in sorted({*room.rglob("*.py"), ids, *([Path(own)] if own else [])}):
        digest.update(source.read_bytes())
    return digest.hexdigest()
