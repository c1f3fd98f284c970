"""How the kernels are compiled, and where their machine code is kept."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

HERE = Path(__file__).parent
# Sums may be reordered and multiply-adds fused, which is what makes them fast; NaN and infinity
# keep their meaning, since they are how a run that diverges is noticed.
FAST = {"reassoc", "contract", "nsz", "arcp"}


def _fingerprint() -> str:
    sources = [HERE.parent / "ops.py", *sorted(HERE.rglob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


# numba looks only at the file that a kernel stands in when it asks whether the machine code on disk
# is still right; a kernel that it calls may have changed since.
FOLDER = HERE / "__pycache__" / f"kernels-{_fingerprint()}"


def kernel(function: F) -> F:
    """Compile to machine code at the first call with given types, kept on disk for later runs.

    Where the package's folder cannot be written, numba keeps it in the user's cache.
    """
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(FOLDER)
    try:
        compiled = numba.njit(cache=True, fastmath=FAST, nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return cast("F", compiled)
