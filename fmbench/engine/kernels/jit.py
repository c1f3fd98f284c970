"""How the kernels are compiled, and their machine code is kept."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import caching

from fmbench import machine_code
from fmbench.errors import NOTE
from fmbench.files import locked

F = TypeVar("F", bound=Callable[..., Any])

log = logging.getLogger("fmbench")

# Sums may be reordered and multiply-adds fused, which is what makes them fast; NaN and infinity
# keep their meaning, since they are how a run that diverges is noticed.
FAST = {"reassoc", "contract", "nsz", "arcp"}


def kernel(function: F) -> F:
    """Compile to machine code at the first call with given types, kept on disk for later runs."""
    compiled: Any = numba.njit(fastmath=FAST, nogil=True, error_model="numpy")(function)
    compiled._cache = _Kept(function)
    return cast("F", compiled)


class _Kept(caching.NullCache):
    """The machine code of one kernel as numba reads and writes it; without a disk it is not kept.

    numba's own cache is of one folder, which must be writable even to be read.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def load_overload(self, types: object, target: Any) -> object:
        """Return what was compiled for some types, if any folder holds it."""
        for place in machine_code.places():
            kept = _cache_in(place, self._function)
            try:
                if compiled := kept.load_overload(types, target):
                    return compiled
            except Exception:  # damage makes readers fail in any way; it is compiled anew
                with suppress(OSError):
                    kept.flush()
        return None

    def save_overload(self, types: object, compiled: Any) -> None:
        """Keep what was compiled in the first folder that takes it."""
        why = []
        for place in machine_code.places():
            kept = _cache_in(place, self._function)
            try:
                folder = Path(kept.cache_path)
                folder.mkdir(parents=True, exist_ok=True)
                with locked(folder):  # two that write an index at once would mix up its files
                    for dead in folder.glob("*.tmp.*"):  # of writers that were killed
                        dead.unlink()
                    kept.save_overload(types, compiled)
                return
            except OSError as error:
                why.append(f"{place}: {error.strerror or error}")
        say_not_kept("; ".join(why))


def _cache_in(place: Path, function: Callable[..., Any]) -> Any:
    """Return numba's cache of a kernel in a folder, which is made when something is saved."""

    class Locator(caching.UserProvidedCacheLocator):
        def get_cache_path(self) -> str:
            return str(place / Path(self._py_file).parent.name)

        @classmethod
        def from_function(cls, function: Callable[..., Any], file: str) -> Any:
            return cls(function, file)

    class Implementation(caching.CompileResultCacheImpl):
        _locator_classes = [Locator]  # noqa: RUF012  as numba has it

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

    made: Any = Cache
    return made(function)


@cache
def say_not_kept(why: str) -> None:
    """Say, once a process, that machine code cannot be kept."""
    log.log(
        NOTE,
        "the engine is compiled at each start, for about half a minute, since its machine code "
        "cannot be kept (%s); FMBENCH_CACHE can name a folder that can be written",
        why,
    )
