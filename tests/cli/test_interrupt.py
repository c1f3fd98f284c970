"""A sweep that is stopped or killed: what is finished is kept, and nothing goes on running."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import fmbench
from fmbench.store import Store

from .conftest import SMALL, Cli

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")

FAILING = Path(__file__).parents[1] / "executors" / "failing.py"
PACKAGE = Path(fmbench.__file__).parent
SWEEP = f"run {SMALL} --trials 0 --models lr,deepfm --seeds 2"
CODES = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}
WITHIN = 5.0
"""Seconds from the signal to the end."""


class Sweep:
    """The command in a process of its own; whatever it starts carries the same mark."""

    def __init__(self, *flags: str, cache: Path, package: Path = PACKAGE) -> None:
        self.mark = f"FMBENCH_CACHE={cache}".encode()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fmbench", *flags],
            cwd=package.parent,
            env={**os.environ, "FMBENCH_CACHE": str(cache), "PYTHONPATH": str(package.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # `nohup` ignores it
        )
        self.pid = self.process.pid

    def catches(self, number: int) -> bool:
        """Tell whether the command has come so far as to handle a signal."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (number - 1) & 1)

    def alive(self) -> list[str]:
        """Return what of it still runs."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
        return found

    def end(self) -> tuple[int, list[str], float]:
        """Wait for the end of the command; return its code, its errors and the seconds it took."""
        began = time.monotonic()
        code = self.process.wait(60)
        took = time.monotonic() - began
        assert self.alive() == []
        out, err = self.process.communicate(timeout=60)
        assert out == ""
        return code, err.splitlines(), took


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def records(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.glob("records/*.json")}


def assert_stopped_well(sweep: Sweep, number: signal.Signals, store: Path) -> None:
    code, lines, took = sweep.end()
    expected, word = CODES[number]
    said = [line for line in lines if not line.startswith("fmbench: note: compiling the engine")]
    assert (code, said) == (expected, [f"fmbench: {word}; everything finished so far is kept"])
    assert took < WITHIN
    assert list(store.glob("*/.*")) == []
    assert {record.status for record in Store(store).read().records} <= {"ok"}


@pytest.mark.parametrize(
    ("number", "to_all"),
    [(signal.SIGINT, True), (signal.SIGTERM, False)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_an_interrupted_sweep_keeps_what_is_finished_and_goes_on(
    number: signal.Signals, to_all: bool, cache: Path, cli: Cli, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    sweep = Sweep(*SWEEP.split(), "--jobs=1", f"--out={store}", cache=cache)
    wait_until(lambda: records(store))
    (os.killpg if to_all else os.kill)(sweep.pid, number)  # a terminal tells the whole group
    assert_stopped_well(sweep, number, store)
    kept = records(store)
    assert 1 <= len(kept) < 4
    assert cli(SWEEP, "--jobs", 2, "--out", store).code == 0
    assert records(store).items() >= kept.items()
    assert len(records(store)) == 4


def moments(count: int, seconds: float) -> Iterator[object]:
    """Draw one moment from each of `count` equal parts of the time; a share of them is not slow."""
    draw = random.Random(20260730)
    for part in range(count):
        number, to_all = draw.choice([signal.SIGINT, signal.SIGTERM]), draw.random() < 0.5
        after = seconds * (part + draw.random()) / count
        yield pytest.param(
            number, to_all, after, marks=[pytest.mark.slow] if part % 12 else [], id=f"{after:.2f}"
        )


@pytest.mark.parametrize(("number", "to_all", "after"), [*moments(30, 7.0)])
def test_a_signal_at_any_moment_and_again_and_again(
    number: signal.Signals, to_all: bool, after: float, cache: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    (store / "records").mkdir(parents=True)
    sweep = Sweep(*SWEEP.split(), "--seeds=100", "--jobs=2", f"--out={store}", cache=cache)
    wait_until(lambda: sweep.catches(signal.SIGTERM))
    time.sleep(after)
    began = time.monotonic()
    while sweep.process.poll() is None and time.monotonic() < began + 30:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if to_all else os.kill)(sweep.pid, number)
        time.sleep(0.02)
    assert time.monotonic() - began < WITHIN
    assert_stopped_well(sweep, number, store)


def test_a_signal_within_exec_ends_with_the_same_code(cache: Path, tmp_path: Path) -> None:
    store, plugin = tmp_path / "store", tmp_path / "plugin.py"
    (store / "records").mkdir(parents=True)
    plugin.write_text("exec('import os; os.kill(os.getpid(), 2); print()')\n")
    sweep = Sweep(*SWEEP.split(), f"--plugin={plugin}", f"--out={store}", cache=cache)
    assert_stopped_well(sweep, signal.SIGINT, store)


def test_a_signal_while_the_engine_is_compiled(cache: Path, tmp_path: Path) -> None:
    store, package = tmp_path / "store", tmp_path / "fmbench"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (store / "records").mkdir(parents=True)
    long = ["--set=train.batch_size=8", "--set=train.max_epochs=20"]
    sweep = Sweep(*SWEEP.split(), *long, f"--out={store}", cache=cache, package=package)
    wait_until(lambda: any(package.rglob("*.nbi")))
    os.kill(sweep.pid, signal.SIGTERM)
    assert_stopped_well(sweep, signal.SIGTERM, store)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_nothing_outlives_a_sweep_that_is_killed_or_whose_terminal_closes(
    number: signal.Signals, cache: Path, tmp_path: Path
) -> None:
    store, plugin = tmp_path / "store", tmp_path / "failing.py"
    shutil.copy(FAILING, plugin)
    # The second cell holds the interpreter, and has a child that does not care for SIGTERM.
    flags = f"--plugin={plugin} --models=lr,clings --seeds=1 --jobs=1 --out={store}".split()
    sweep = Sweep(*SWEEP.split(), *flags, cache=cache)
    wait_until(plugin.with_name("started").exists)
    (os.killpg if number == signal.SIGHUP else os.kill)(sweep.pid, number)
    assert sweep.process.wait(WITHIN) == -number
    wait_until(lambda: not sweep.alive(), WITHIN)
    sweep.process.communicate()
    assert [record.spec.model for record in Store(store).read().records] == ["lr"]
