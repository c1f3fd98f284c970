"""A neighbour loads the machine half of the time: `ab` is right, or refuses to judge."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fmbench.cli import main

ROOT = Path(__file__).parents[2]

# Too short for the engine, so that no arm compiles anything.
SMALL = "--models lr --dataset kmrd-synth --set data.rows=20000 --set train.max_epochs=4"

NEIGHBOUR = """
import random, time
while True:
    start = time.perf_counter()
    burst = random.uniform(0.05, 2)
    while time.perf_counter() < start + burst:
        sum(range(1000))
    time.sleep(burst)
"""
"""Bursts of work, each followed by as long a rest."""

TENTH_MORE = {
    "name": "a tenth more work in each step",
    "room": "harness",
    "file": "harness/plain.py",
    "find": "            for i, batch in enumerate(batches):\n",
    "plant": """
            from time import perf_counter
            begin, debt = perf_counter(), 0.0
            for i, batch in enumerate(batches):
                debt += 0.1 * (perf_counter() - begin)
                while debt > 0:
                    again = perf_counter()
                    self.model(rows.ids[batches[0]]).sum().backward()
                    debt -= perf_counter() - again
                begin = perf_counter()
""",
    "work": "plain",
    "model": "lr",
}
"""Forward and backward for nothing, as often as a tenth of the time of the steps before allows."""

Shown = Callable[[str, object], None]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]


@pytest.fixture
def neighbour() -> Iterator[None]:
    """Have a process a core that works half of the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    command = [sys.executable, "-c", NEIGHBOUR]
    burning = [subprocess.Popen(command) for _ in range(cores or 1)]
    yield
    for process in burning:
        process.kill()
        process.wait()


def codes(times: int, new: Path) -> Counter[int]:
    """Return the exit codes of sessions of this code against other code."""
    return Counter(main(["ab", str(ROOT), str(new), *SMALL.split()]) for _ in range(times))


@pytest.mark.usefixtures("neighbour")
def test_equal_code_is_never_called_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Shown
) -> None:
    monkeypatch.chdir(tmp_path)
    found = codes(5, ROOT)
    record_property("shown", f"gate: beside a busy neighbour, exit codes on equal code: {found}")
    assert set(found) <= {0, 6}


@pytest.mark.usefixtures("neighbour")
def test_slower_code_is_called_so_or_the_machine_too_noisy(
    planting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Shown
) -> None:
    monkeypatch.chdir(tmp_path)
    planter = planting.Planter(tmp_path / "planter", tmp_path, [])
    with planter.planted(planting.Fault(**TENTH_MORE)):
        found = codes(3, planter.copy)
    record_property("shown", f"gate: beside a busy neighbour, exit codes at +10 %: {found}")
    assert set(found) <= {1, 6}
