"""A run's folder of temporary files, and those that killed runs left behind."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from multiprocessing import process, util
from pathlib import Path
from typing import Any

PREFIX = "fmb-"
"""Beginning of the folder's name; short, as a socket's path may have only a hundred bytes."""
SOCKET = "listener-"
"""Beginning of the name of multiprocessing's one file there: the socket that cells are asked at."""


def use_own_folder() -> None:
    """Have multiprocessing keep its files in a folder of the run's own; sweep those of dead runs.

    Raises:
        OSError: No folder for temporary files can be written.
    """
    config: Any = process.current_process()._config  # type: ignore[attr-defined]
    if config.get("tempdir") is not None:
        return
    _sweep()
    config["tempdir"] = folder = str(_claim())
    # After multiprocessing's own finalizers, which remove files in it.
    util.Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-100)


def _claim() -> Path:
    """Make a folder and lock it; the system unlocks it with the end of this process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)  # stays open
        fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():  # else another run swept it before it was locked
            return folder
        os.close(handle)


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}????????"):
        with suppress(OSError):  # it is in use, not ours, not a folder, or gone
            _remove_dead(folder)


def _remove_dead(folder: Path) -> None:
    """Remove a folder that no process holds, with what multiprocessing puts there and no more.

    Raises:
        OSError: It is held, holds something else, or is a link.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid != os.geteuid():
            return
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in os.listdir(handle):  # noqa: PTH208  of what is open, whatever lies there now
            if name.startswith(SOCKET):
                os.unlink(name, dir_fd=handle)
        folder.rmdir()
    finally:
        os.close(handle)
