"""Documents: versioned JSON files, each rewritten whole on every change."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from fmbench import files
from fmbench.errors import EnvironmentFault, StoreError


class Versioned(Protocol):
    """A value that names the version of its form."""

    @property
    def schema(self) -> int:
        """The version of the form."""


T = TypeVar("T", bound=Versioned)


def digest(told: Iterable[str]) -> str:
    """Return a hash of the lines that a document was made of."""
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def read(path: Path, kind: type[T], schema: int, *, within: Path | None = None) -> T | None:
    """Return what a file keeps, `within` a folder if one is named; None where there is no file.

    Raises:
        EnvironmentFault: It cannot be read.
        StoreError: It is damaged or newer than this program.
    """
    try:
        found = msgspec.json.decode(files.read(path, within=within), type=kind)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EnvironmentFault(
            f"{str(path)!r} cannot be read: {error.strerror or error}"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise StoreError(f"{str(path)!r} is damaged: {error}") from error
    if found.schema > schema:
        raise StoreError(
            f"{str(path)!r} has schema {found.schema}; this fmbench reads up to {schema}",
            "install a newer fmbench",
        )
    return found


def write(path: Path, value: Any) -> None:
    """Keep a value, in place of the one before.

    Raises:
        EnvironmentFault: It cannot be written.
    """
    with files.writing(path):
        files.make(path.parent)
        files.write(path, msgspec.json.format(msgspec.json.encode(value)) + b"\n")
