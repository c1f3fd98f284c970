"""What killed runs leave among the temporary files, and that nothing else is touched."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fmbench.executors.local import leftovers

RUN = """
import os, signal, sys
from multiprocessing import process
from fmbench.executors.local.worker import start_server
start_server()
print(process.current_process()._config["tempdir"], flush=True)
if sys.argv[1] == "waits":
    sys.stdin.read()
if sys.argv[1] == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def run(how: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN, how], stdin=-1, stdout=-1, text=True)


def test_a_run_leaves_nothing_and_sweeps_what_a_killed_one_left(place: Path) -> None:
    with run("dies") as dead:
        assert dead.stdout
        left = Path(dead.stdout.readline().strip())
        dead.wait(60)
    with run("waits") as alive:
        assert alive.stdin
        assert alive.stdout
        held = Path(alive.stdout.readline().strip())
        assert [path.name for path in place.iterdir()] == [held.name]
        with run("ends") as third:
            third.communicate(timeout=60)
        assert any(held.iterdir())
        alive.communicate(timeout=60)
    assert left.parent == held.parent == place
    assert list(place.iterdir()) == []


def test_only_what_is_surely_a_dead_runs_goes(place: Path) -> None:
    kept = place / "kept"
    kept.mkdir()
    (kept / "listener-mine").touch()
    link = place / f"{leftovers.PREFIX}linked00"
    link.symlink_to(kept)
    (place / f"{leftovers.PREFIX}file0000").touch()
    full = place / f"{leftovers.PREFIX}full0000"
    full.mkdir()
    (full / "notes").touch()
    (full / "listener-link").symlink_to(kept / "listener-mine")
    (place / "pymp-other").mkdir()
    dead = place / f"{leftovers.PREFIX}dead0000"
    dead.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(dead)  # the name of a socket is short
        listener.bind("listener-x")
        os.chdir(before)
    everything = {path.name for path in place.iterdir()}
    leftovers._sweep()
    assert {path.name for path in place.iterdir()} == everything - {dead.name}
    assert (kept / "listener-mine").exists()
    assert (full / "notes").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder another's")
def test_what_is_anothers_stays(place: Path) -> None:
    folder = place / f"{leftovers.PREFIX}other000"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    leftovers._sweep()
    assert folder.exists()


def test_a_folder_swept_before_it_is_locked_is_made_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, swept = leftovers.fcntl.flock, []

    def late(handle: int, how: int) -> None:
        if not swept:
            (folder,) = place.iterdir()
            folder.rmdir()
            swept.append(folder)
        lock(handle, how)

    monkeypatch.setattr(leftovers.fcntl, "flock", late)
    folder = leftovers._claim()
    assert folder.is_dir()
    assert folder not in swept
