"""A handful of rows to train on."""

import numpy as np
import torch

from fmbench.fields import Field
from fmbench.training.batches import Rows

FIELDS = (Field("user", 32), Field("movie", 22), Field("genres", 8, width=3))


def rows(n: int, seed: int = 0) -> Rows:
    """Draw rows whose label depends on user and movie; genres are padded at random."""
    rng = np.random.default_rng(seed)
    ids = np.stack([rng.integers(2, f.cardinality, n) for f in FIELDS for _ in range(f.width)], 1)
    ids[:, 3:] *= rng.integers(0, 2, (n, 2))
    chance = 1 / (1 + np.exp(-np.sin(ids[:, 0]) - np.cos(3.0 * ids[:, 1])))
    labels = (rng.random(n) < chance).astype(np.float32)
    return Rows(torch.from_numpy(ids), torch.from_numpy(labels))
