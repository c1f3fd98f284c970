"""Permutation importance against a model whose use of each field is known."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.harness.shuffled import auc_lost
from fmbench.training.predict import predict

FIELDS = [Field("used", 12), Field("tags", 12, width=2), Field("idle", 12)]


class Known(nn.Module):
    """Adds up its first three columns; the fourth is idle."""

    def forward(self, ids: Tensor) -> Tensor:
        return ids[:, :3].float().sum(1)


def rows() -> tuple[Tensor, np.ndarray]:
    ids = torch.from_numpy(np.random.default_rng(0).integers(2, 12, (2000, 4)))
    labels = ids[:, :3].sum(1).numpy() > 19
    return ids, labels


def test_what_is_used_is_missed_and_what_is_not_is_not() -> None:
    ids, labels = rows()
    before = ids.clone()
    lost = auc_lost(Known(), ids, labels, predict(Known(), ids), FIELDS, seed=0)
    assert list(lost) == ["used", "tags", "idle"]
    assert lost["idle"] == 0.0
    assert lost["tags"] > lost["used"] > 0.1  # two columns move together, and so do more harm
    assert torch.equal(ids, before)


def test_the_seed_decides_the_shuffling() -> None:
    ids, labels = rows()
    first, again, other = (
        auc_lost(Known(), ids, labels, predict(Known(), ids), FIELDS, seed) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_rows_of_one_class_define_none() -> None:
    ids, _ = rows()
    assert (
        auc_lost(Known(), ids, np.ones(len(ids), dtype=bool), predict(Known(), ids), FIELDS, 0)
        == {}
    )


def test_all_bins_of_a_number_move_together() -> None:
    ids, labels = rows()
    numeric = [replace(field, kind="numeric") for field in FIELDS]
    plain, found = (
        auc_lost(Known(), ids, labels, predict(Known(), ids), fields, seed=0)
        for fields in (FIELDS, numeric)
    )
    assert found == plain
    assert found["tags"] > found["used"] > 0.1
