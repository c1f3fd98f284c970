"""A handful of rows to train on, and a spec whose run takes a moment."""

import numpy as np
import pytest
import torch

from fmbench.data import Where
from fmbench.fields import Field
from fmbench.harness import resolve
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training.batches import Rows

FIELDS = (
    Field("user", 32, role="user"),
    Field("movie", 22, role="item"),
    Field("genres", 8, width=3),
)


def rows(n: int, seed: int = 0) -> Rows:
    """Draw rows whose label depends on user and movie; genres are padded at random."""
    rng = np.random.default_rng(seed)
    ids = np.stack([rng.integers(2, f.cardinality, n) for f in FIELDS for _ in range(f.width)], 1)
    ids[:, 3:] *= rng.integers(0, 2, (n, 2))
    chance = 1 / (1 + np.exp(-np.sin(ids[:, 0]) - np.cos(3.0 * ids[:, 1])))
    labels = (rng.random(n) < chance).astype(np.float32)
    return Rows(torch.from_numpy(ids), torch.from_numpy(labels))


@pytest.fixture
def spec() -> RunSpec:
    """Return the resolved spec of a run that takes a moment."""
    small = RunSpec(
        name="mine",
        dataset="kmrd-synth",
        dataset_args={"rows": 2000},
        model="deepfm",
        train=TrainSpec(max_epochs=2),
    )
    return resolve(small, Where())
