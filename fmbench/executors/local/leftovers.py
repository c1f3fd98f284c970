"""A run's folder of temporary files, and those that runs left behind which were killed."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from multiprocessing import process, util
from pathlib import Path
from typing import Any

PREFIX = "fmb-"
"""Short, as the path of a socket has to be: a hundred bytes."""
SOCKET = "listener-"
"""How multiprocessing names the one file that it makes there: where cells are asked for."""


def use_own_folder() -> None:
    """Have multiprocessing keep its files in a folder that is known for a run's; sweep dead ones.

    Raises:
        OSError: There is no folder for temporary files that can be written.
    """
    config: Any = process.current_process()._config  # type: ignore[attr-defined]
    if config.get("tempdir") is not None:
        return
    _sweep()
    config["tempdir"] = folder = str(_claim())
    # After multiprocessing's own, which are of files in it.
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
        with suppress(OSError):  # it is in use, not ours, no folder, or gone
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
