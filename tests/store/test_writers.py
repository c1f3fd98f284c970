"""Many writers that are killed and stopped at random: nothing acknowledged is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from writer import WRITER, acknowledged, check

from fmbench.store import Store

APART = 1_000_000
"""Seeds between two writers."""


def start(root: Path, first: int, many: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        command = [sys.executable, str(WRITER), str(root), str(first), str(many)]
        return subprocess.Popen(command, stdout=out)


def torment(tmp_path: Path, writers: int, each: int, seconds: float, seed: int) -> int:
    """Run writers, kill and stop them at random, start them again; return how often."""
    chance, root = random.Random(seed), tmp_path / "runs"
    logs = [tmp_path / f"{n}.log" for n in range(writers)]
    processes = [start(root, APART * n, each, log) for n, log in enumerate(logs)]
    blows, end = 0, time.monotonic() + seconds
    while time.monotonic() < end and any(p.poll() is None for p in processes):
        time.sleep(chance.uniform(0.0, 0.05))
        n = chance.randrange(writers)
        if processes[n].poll() is None:
            blow = chance.choice((signal.SIGKILL, signal.SIGSTOP))
            os.kill(processes[n].pid, blow)
            if blow == signal.SIGSTOP:
                time.sleep(0.02)
                os.kill(processes[n].pid, signal.SIGCONT)
            blows += 1
        if processes[n].poll() is not None:
            done = len(set(acknowledged(logs[n])))
            if done < each:
                first = APART * n + done
                processes[n] = start(root, first, each - done, logs[n])
    for n, process in enumerate(processes):
        process.wait()
        done = len(set(acknowledged(logs[n])))
        last = start(root, APART * n + done, each - done, logs[n])
        assert last.wait() == 0
    told = {seed for log in logs for seed in acknowledged(log)}
    assert len(told) == writers * each
    check(Store(root), logs)
    return blows


def test_a_share_of_the_writers(tmp_path: Path) -> None:
    blows = torment(tmp_path, writers=3, each=60, seconds=4, seed=1)
    print(f"3 writers x 60 records, {blows} kills and stops: 0 lost, 0 torn")
    assert blows >= 5


@pytest.mark.slow
def test_eight_writers_of_five_hundred_records(tmp_path: Path) -> None:
    blows = torment(tmp_path, writers=8, each=500, seconds=90, seed=2)
    print(f"8 writers x 500 records, {blows} kills and stops: 0 lost, 0 torn")
    assert blows >= 100
