"""Writing and moving files so that they are there whole or not at all, whatever happens meanwhile.

Nothing is acknowledged before it is on the disk: a file's content reaches it before its name does
(Pillai et al., "All File Systems Are Not Created Equal", 2014).
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fmbench.errors import EnvironmentFault

DRAFT = ".tmp"
"""How the name of an unfinished file ends; it begins with a dot."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of what the system refuses in a block that the path cannot be written.

    Raises:
        EnvironmentFault: It cannot.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise EnvironmentFault(f"{str(path)!r} cannot be written: {reason}") from error


def write(path: Path, content: bytes) -> None:
    """Write a file; when this returns, it is on the disk.

    Raises:
        OSError: It is not; what was there before is.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}{DRAFT}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def append(path: Path, content: bytes) -> None:
    """Add to a file, which is made; when this returns, it is on the disk, and so is what was there.

    Who else adds to a file of that folder waits.
    """
    make(path.parent)
    with locked(path.parent):
        write(path, (path.read_bytes() if path.exists() else b"") + content)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others who lock a folder waiting while a block runs; the system ends it with us.

    Raises:
        OSError: The folder cannot be opened.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def lock_file(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Keep others out who lock this file, which is made for it and goes when the block ends.

    Raises:
        BlockingIOError: Somebody else holds it, and it is not waited for.
        OSError: The file cannot be made.
    """
    while True:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, path):  # else its last holder took it away
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return
        finally:
            os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False


def is_writable(folder: Path) -> bool:
    """Tell whether a folder, or the nearest one above it that is there, can be written."""
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    effective = os.access in os.supports_effective_ids
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK, effective_ids=effective)


def make(folder: Path) -> None:
    """Make a folder and those above it; when this returns, their names are on the disk."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        sync(place.parent)


def move(path: Path, folder: Path) -> Path:
    """Move a file into a folder, which is made; nothing there is overwritten."""
    make(folder)
    target = folder / path.name
    while target.exists():
        target = folder / f"{secrets.token_hex(4)}-{path.name}"
    path.replace(target)
    sync(folder)
    sync(path.parent)
    return target


def sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
