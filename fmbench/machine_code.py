"""Where the engine's machine code is kept; found out without torch and numba, which load slowly."""

import hashlib
from pathlib import Path

from fmbench.cache import folder
from fmbench.files import is_writable

ENGINE = Path(__file__).parent / "engine"
KERNELS = ENGINE / "kernels"


def sources() -> list[Path]:
    """Return the files that decide the machine code: the kernels, and their instructions."""
    return [ENGINE / "ops.py", *sorted(KERNELS.rglob("*.py"))]


def _name() -> str:
    digest = hashlib.sha256()
    for path in sources():
        digest.update(f"{path.relative_to(ENGINE)}\n".encode() + path.read_bytes())
    return f"kernels-{digest.hexdigest()[:12]}"


# numba looks only at the file that a kernel stands in when it asks whether the machine code on disk
# is still right; a kernel that it calls may have changed since. Read as early as the kernels are:
# what is edited later is not what is compiled.
NAME = _name()


def places() -> tuple[Path, Path]:
    """Return the folders that may hold machine code, the first choice first; need not exist.

    It lies beside the sources, as byte code does, or in the user's cache where that cannot be.
    """
    return KERNELS / "__pycache__" / NAME, folder() / NAME


def found() -> Path | None:
    """Return the first folder that holds machine code of these sources, if one does."""
    return next((place for place in places() if any(place.glob("*/*.nbc"))), None)


def writable() -> Path | None:
    """Return the first folder that machine code can be written to, if it can."""
    return next((place for place in places() if is_writable(place)), None)
