"""A run that is killed again and again inside its one long cell ends as if it never was."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fmbench.record import Record
from fmbench.store import Store

EAGER = "import fmbench.training.checkpoint as module\nmodule.EVERY = 0.0\n"
"""A plugin by which cells keep every epoch."""

LINE = (
    "run --trials 0 --dataset kmrd-synth --set data.rows=20000 --seeds 1 --jobs 1 --models deepfm "
    "--set train.max_epochs=10 --set train.patience=10 --set model.deepfm.mlp_dims=[512,512]"
)
"""Most of its time is spent in its epochs, and few enough steps for the plain loop."""


def command(folder: Path, out: Path) -> list[str]:
    plugin = folder / "eager.py"
    plugin.write_text(EAGER)
    words = [*LINE.split(), "--plugin", str(plugin), "--out", str(out)]
    return [sys.executable, "-m", "fmbench", *words]


def only(out: Path) -> Record:
    (record,) = Store(out).read().records
    return record


def killed(tmp_path: Path, stops: int, seed: int) -> tuple[int, int]:
    """Kill runs at random moments; return how many were killed and how many went on from an epoch.

    Each store is run again until its record is there, and then compared with an uninterrupted one.
    """
    chance, whole = random.Random(seed), tmp_path / "whole"
    begin = time.monotonic()
    subprocess.run(command(tmp_path, whole), check=True, capture_output=True)
    usual = time.monotonic() - begin
    kills = resumed = stores = 0
    while kills < stops:
        out = tmp_path / str(stores)
        stores += 1
        for attempt in range(min(4, stops - kills)):
            begin = time.monotonic()
            process = subprocess.Popen(command(tmp_path, out), stdout=subprocess.DEVNULL)
            try:
                process.wait(chance.uniform(0.5, 0.95) * usual)
                if attempt == 0:  # the machine was busier when the usual was measured
                    usual = time.monotonic() - begin
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        subprocess.run(command(tmp_path, out), check=True, capture_output=True)
        expected, got = only(whole), only(out)
        assert got.predictions == expected.predictions
        assert got.metrics == expected.metrics
        assert [e.train_loss for e in got.curve] == [e.train_loss for e in expected.curve]
        resumed += got.resumed_after is not None
        assert list((out / "unfinished").iterdir()) == []
    print(
        f"{kills} kills (seed {seed}) in {stores} stores, {resumed} of them went on inside a cell"
    )
    return kills, resumed


def test_a_share_of_the_stops(tmp_path: Path) -> None:
    kills, resumed = killed(tmp_path, 2, 20261124)
    assert kills >= 2
    assert resumed >= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_stops_at_random_moments(tmp_path: Path) -> None:
    kills, resumed = killed(tmp_path, 20, 7)
    assert kills >= 20
    assert resumed >= 5
