"""The folder of what fmbench can fetch or make again: it may be deleted at any time."""

import os
from pathlib import Path

NO_HOME = Path("/nonexistent")
"""The home of a user who has none, as Debian's `nobody` has it."""


def folder() -> Path:
    """Return `$FMBENCH_CACHE`, or the platform's cache folder of the user; need not exist."""
    if named := os.environ.get("FMBENCH_CACHE"):
        return Path(named)
    from pooch import os_cache  # 40 ms: only if need be

    try:
        place = Path(os_cache("fmbench"))
    except RuntimeError:  # the system does not know the user, as in a container
        return NO_HOME / "fmbench"
    return place if place.is_absolute() else NO_HOME / "fmbench"  # some leave a "~"
