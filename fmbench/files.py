"""Writing and moving files so that they are there whole or not at all, whatever happens meanwhile.

Nothing is acknowledged before it is on the disk: a file's content reaches it before its name does
(Pillai et al., "All File Systems Are Not Created Equal", 2014). Nothing is read but regular files:
a pipe would be waited for, and a device has no end.
"""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from fmbench.errors import EnvironmentFault

DRAFT = ".tmp"
"""How the name of an unfinished file ends; it begins with a dot."""

LARGEST = 1 << 26
"""Bytes of a file that is read whole, unless its reader knows better."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Unfit(OSError):
    """A path leads to something that is not read as a file; `strerror` says why."""


def open_regular(path: Path, *, within: Path | None = None) -> BufferedReader:
    """Open a regular file to be read; never waits for a pipe, nor has a device act.

    Links are followed, but for those that lead out of the folder `within`, which may be one itself.

    Raises:
        Unfit: It is not a regular file, or it lies outside.
        OSError: It is not there, or may not be read.
    """
    if within is not None and not is_inside(path, within):
        raise Unfit(errno.EPERM, "it is a link that leads out; expected a file inside")
    # Look at the mode before opening: some devices take being opened for an order.
    _check_regular(path.stat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        _check_regular(os.fstat(descriptor).st_mode)  # the open file may be another one
    except Unfit:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read(path: Path, limit: int = LARGEST, *, within: Path | None = None) -> bytes:
    """Return what is in a regular file of at most `limit` bytes.

    Raises:
        As `open_regular`, and Unfit: It is larger.
    """
    with open_regular(path, within=within) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise Unfit(errno.EFBIG, f"it is larger than {limit} bytes")
        return file.read(size)


def is_inside(path: Path, folder: Path) -> bool:
    """Tell whether what a path leads to lies in what a folder leads to."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "something else")
        raise Unfit(errno.EINVAL, f"it is {kind}; expected a regular file")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError in a block into an EnvironmentFault: the path cannot be written.

    Raises:
        EnvironmentFault: The block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise EnvironmentFault(f"{str(path)!r} cannot be written: {reason}") from error


def write(path: Path, content: bytes) -> None:
    """Write a file; when this returns, it is on the disk.

    Raises:
        OSError: It is not; what was there before still is.
    """
    write_parts(path, [content])


def write_parts(path: Path, parts: Iterable[bytes | memoryview], draft: Path | None = None) -> None:
    """Write a file from parts that need not all be in memory at a time; as `write`.

    Who alone writes it may say where its `draft` is, over what a killed process left there.
    """
    mode = "xb" if draft is None else "wb"
    draft = draft or path.with_name(f".{secrets.token_hex(8)}{DRAFT}")
    try:
        with draft.open(mode) as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(path.parent)


def append(path: Path, content: bytes) -> None:
    """Add to a file, made if missing.

    When this returns, it is on the disk, and so is what was there. Others who add
    to a file of that folder wait.
    """
    make(path.parent)
    with locked(path.parent):
        write(path, (read(path) if path.exists() else b"") + content)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder while a block runs: others who lock it wait. It ends with the process.

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
    """Lock a file while a block runs; the file is made for this and removed at the end.

    Raises:
        BlockingIOError: Somebody else holds it, and it is not waited for.
        OSError: The file cannot be made.
    """
    while True:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, path):  # else its last holder removed it
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
