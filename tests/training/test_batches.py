"""Rows that stay on disk: each is trained on once a pass, as ever, in memory that does not grow."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from few_rows import FIELDS, rows

from fmbench.data import Split, Where
from fmbench.engine.engine import Engine
from fmbench.harness import Setting, resolve, run
from fmbench.layers import FieldTable
from fmbench.models import create_model
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training import batches as rows_room
from fmbench.training.batches import Rows, Stored, Window, rows_of
from fmbench.training.plain import Plain
from fmbench.training.predict import labels_and_logits
from fmbench.training.priors import inverse_counts

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few hundred rows be many."""
    monkeypatch.setattr(rows_room, "WINDOW", 256)
    monkeypatch.setattr(rows_room, "BLOCK", 10)
    monkeypatch.setattr(rows_room, "PART", 100)


def stored(resident: Rows) -> Stored:
    ids, labels = resident.ids.numpy().astype(np.int32), resident.labels.numpy().astype(np.uint8)
    nothing = np.zeros(len(labels), np.int64)
    return Stored(Split(ids, labels, nothing, nothing), CPU)


def numbered(n: int) -> Stored:
    """Return rows whose only id is their number."""
    return stored(Rows(torch.arange(n)[:, None], torch.arange(n) % 2))


def passed_over(train: Stored, batch: int, seed: int = 0) -> list[list[int]]:
    """Return the row numbers of each window in the order of a pass."""
    generator = torch.Generator().manual_seed(seed)
    return [
        window.rows.ids[window.order, 0].tolist() for window in train.shuffled(batch, generator)
    ]


@pytest.mark.parametrize("batch", [1, 7, 32, 256, 300])
@pytest.mark.parametrize("n", [257, 512, 1000, 1024, 1031])
def test_a_pass_takes_every_row_once(n: int, batch: int) -> None:
    windows = passed_over(numbered(n), batch)
    assert sorted(number for window in windows for number in window) == list(range(n))
    *whole, last = map(len, windows)
    assert set(whole) <= {max(256 // batch, 1) * batch}  # only a pass's last batch may be short
    assert last <= max(256, batch)


def test_rows_are_shuffled_within_windows_and_blocks_over_all() -> None:
    first, *_ = windows = passed_over(numbered(10_000), 32)
    assert np.ptp(first) > 8_000
    assert np.abs(np.diff(first)).min() >= 1
    assert (np.abs(np.diff(first)) == 1).mean() < 0.1  # neighbours in the file are no more
    assert passed_over(numbered(10_000), 32) == windows
    assert passed_over(numbered(10_000), 32, seed=1) != windows


def test_labels_go_with_their_rows() -> None:
    train = numbered(1031)
    windows = (window.rows for window in train.shuffled(7, torch.Generator()))
    for part in chain(train.parts(), windows):
        assert torch.equal(part.labels, (part.ids[:, 0] % 2).float())
        assert part.ids.dtype == torch.int64


def test_what_fits_is_resident_and_what_does_not_is_stored() -> None:
    split = numbered(1000).split
    few = Split(split.ids[:256], split.labels[:256], split.users, split.times)
    assert isinstance(rows_of(few, CPU), Rows)
    assert isinstance(rows_of(split, CPU), Stored)


def test_what_is_in_memory_is_shuffled_whole() -> None:
    resident = rows(1000)
    (window,) = resident.shuffled(32, torch.Generator().manual_seed(3))
    assert window.rows is resident
    assert torch.equal(
        window.order, torch.randperm(1000, generator=torch.Generator().manual_seed(3))
    )


def test_counts_and_scores_do_not_depend_on_where_rows_are() -> None:
    resident = rows(1031)
    table, model = FieldTable(FIELDS, 1, 0.0), create_model("fm", FIELDS)
    assert torch.equal(inverse_counts(table, stored(resident)), inverse_counts(table, resident))
    labels, logits = labels_and_logits(model, stored(resident))
    expected, scores = labels_and_logits(model, resident)
    assert (labels == expected).all()
    np.testing.assert_allclose(logits, scores, rtol=1e-5, atol=1e-6)
    assert torch.equal(stored(resident).head(40), resident.head(40))


def as_type(windows: Iterable[Window], dtype: torch.dtype) -> Iterator[Window]:
    """Give labels the precision of the weights, so that losses have it."""
    for rows_at_hand, order in windows:
        yield Window(Rows(rows_at_hand.ids, rows_at_hand.labels.to(dtype)), order)


@pytest.mark.parametrize("name", ["fm", "deepfm"])
def test_the_engine_and_the_plain_loop_agree_over_windows(name: str) -> None:
    """Three passes of five windows, the last batch of a pass being short.

    In float64: which rows a window has is no matter of precision, and in float32 two right programs
    may part within so many steps; see test_engine.py.
    """
    dtype, limit = torch.float64, 1e-10
    train, spec = stored(rows(1031)), TrainSpec(lr=1e-3, batch_size=32)
    losses, states = [], []
    for kind in (Plain, lambda *args: Engine(*args, key=1)):
        torch.manual_seed(0)
        args = {"dropout": 0.0} if name == "deepfm" else {}
        model = create_model(name, FIELDS, **args)
        for table in (part for part in model.modules() if isinstance(part, FieldTable)):
            torch.nn.init.normal_(table.weight, std=0.3)
        trainer, draw = kind(model.to(dtype), train, spec), torch.Generator()
        passes = [
            trainer.one_pass(as_type(train.shuffled(32, draw), dtype), 1e-3) for _ in range(3)
        ]
        losses.append(torch.cat(passes))
        states.append(model.state_dict())
    assert trainer.path == "native"
    assert len(losses[0]) == 3 * 33
    torch.testing.assert_close(losses[1], losses[0], rtol=limit, atol=limit)
    for key, mine in states[0].items():
        difference = (mine - states[1][key]).abs().max() / mine.abs().max().clamp(min=1e-12)
        assert difference < limit, key


def test_a_run_over_windows_is_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = RunSpec(
        name="x",
        dataset="kmrd-synth",
        dataset_args={"rows": 5000},
        model="fm",
        train=TrainSpec(max_epochs=2, batch_size=32),
    )
    spec = resolve(spec, Where())
    first, second = run(spec, Setting()), run(spec, Setting())
    monkeypatch.setattr(rows_room, "WINDOW", 1 << 22)
    resident = run(spec, Setting())
    assert first.status == "ok"
    assert (first.metrics, first.predictions) == (second.metrics, second.predictions)
    assert first.predictions != resident.predictions  # another order, and as good a one
    ours, theirs = first.metrics["test"]["logloss"], resident.metrics["test"]["logloss"]
    assert ours == pytest.approx(theirs, abs=0.01)


MEMORY = """
import sys
from pathlib import Path

import torch

from fmbench.data import Split
from fmbench.data.encoding.maps import map_array
from fmbench.fields import Field
from fmbench.training import batches
from fmbench.engine.engine import Engine
from fmbench.harness.memory import peak_rss_mib
from fmbench.training.plain import Plain
from fmbench.models import create_model
from fmbench.spec import TrainSpec

batches.WINDOW, batches.PART = 1 << 16, 1 << 14
torch.set_num_threads(1)
folder, spec = Path(sys.argv[1]), TrainSpec(batch_size=1 << 14)
for n in map(int, sys.argv[3:]):
    arrays = (map_array(folder / f"{name}.npy")[:n] for name in ("ids", "labels", "users", "users"))
    train = batches.rows_of(Split(*arrays), torch.device("cpu"))
    model = create_model("lr", [Field("user", 102), Field("movie", 102)])
    engine = sys.argv[2] == "engine"
    trainer = Engine(model, train, spec, key=0) if engine else Plain(model, train, spec)
    trainer.one_pass(train.shuffled(spec.batch_size, torch.Generator()), spec.lr)
    print(peak_rss_mib())
"""


@pytest.mark.parametrize("kind", ["plain", "engine"])
def test_memory_does_not_grow_with_the_rows(kind: str, tmp_path: Path) -> None:
    """Of 8 M rows after 0.5 M: in memory they would take 150 MiB more, left mapped 68."""
    draw, n = np.random.default_rng(0), 1 << 23
    np.save(tmp_path / "ids.npy", draw.integers(2, 102, (n, 2), dtype=np.int32))
    np.save(tmp_path / "labels.npy", draw.integers(0, 2, n, dtype=np.uint8))
    np.save(tmp_path / "users.npy", np.zeros(1, np.int64))
    command = [sys.executable, "-c", MEMORY, str(tmp_path), kind, str(n >> 4), str(n)]
    # Else glibc keeps for itself what was freed, more or less of it as chance has it.
    pinned = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, **pinned}
    )
    assert not done.returncode, done.stderr
    few, many = map(float, done.stdout.split())
    assert many - few < 20
