"""A fault at every system call on the way of a record to the disk.

`strace` hits the Nth call of a kind, for every N from where the store is made to the writer's end.
What it acknowledged is there afterwards, once and right.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from writer import WRITER, acknowledged, check

from fmbench.store import Store

CALLS = ("mkdir", "openat", "write", "fsync", "rename", "close", "unlink")
FAULTS = {"killed": "signal=SIGKILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}
RECORDS = 1


def can_trace() -> bool:
    strace = shutil.which("strace")
    return strace is not None and (
        subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True).returncode == 0
    )


pytestmark = pytest.mark.skipif(not can_trace(), reason="strace cannot trace here")


def traced(root: Path, log: Path, call: str, inject: str | None) -> list[str]:
    """Let a writer append its records; return the calls of a kind that it made."""
    trace = log.with_suffix(".trace")
    command = ["strace", "-qq", "-s", "8", "-o", str(trace), "-e", f"trace={call}"]
    if inject:
        command += ["-e", f"inject={call}:{inject}"]
    with log.open("wb") as out:
        subprocess.run(
            [*command, sys.executable, str(WRITER), str(root), "1", str(RECORDS)],
            stdout=out, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    return trace.read_text(errors="replace").splitlines()


def begun_after(tmp_path: Path, call: str) -> tuple[int, int]:
    """Return how many calls of a kind come before the store is made, and how many in all."""
    log = tmp_path / "clean.log"
    both = traced(tmp_path / "clean", log, f"{call},write", None)
    start = next(i for i, line in enumerate(both) if '"begin' in line)
    of_kind = [i for i, line in enumerate(both) if line.startswith(f"{call}(")]
    return sum(i <= start for i in of_kind), len(of_kind)


@pytest.mark.parametrize("call", CALLS)
def test_a_fault_at_every_call(call: str, tmp_path: Path) -> None:
    before, in_all = begun_after(tmp_path, call)
    hits = 0
    for name, fault in FAULTS.items():
        for nth in range(before + 1, in_all + 1):
            root, log = tmp_path / f"{name}-{nth}", tmp_path / f"{name}-{nth}.log"
            lines = traced(root, log, call, f"{fault}:when={nth}")
            hits += any("INJECTED" in line or "killed by SIGKILL" in line for line in lines)
            check(Store(root), [log])
    print(f"{call}: {hits} faults, 0 acknowledged records lost, doubled or wrong")
    assert hits >= len(FAULTS) * RECORDS


def test_the_clean_run_acknowledges_all(tmp_path: Path) -> None:
    log = tmp_path / "clean.log"
    traced(tmp_path / "runs", log, "fsync", None)
    assert acknowledged(log) == [1]
