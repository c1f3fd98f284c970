"""Defaults find an interaction that is there, and leave no part of a model idle."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from fmbench.fields import FIRST_VALUE, Field
from fmbench.harness.moved import moved
from fmbench.metrics import auc
from fmbench.models import CORE, MODELS, create_model
from fmbench.report.rows import IDLE
from fmbench.spec import PROTOCOL
from fmbench.training.batches import Rows
from fmbench.training.fit import fit
from fmbench.training.predict import predict

USERS, ITEMS, RANK = 300, 120, 3
FIELDS = [Field("user", USERS + FIRST_VALUE, role="user"), Field("item", ITEMS + FIRST_VALUE)]


@cache
def parts() -> tuple[Rows, Rows, Rows]:
    """Draw rows whose logit is half a linear part and half an interaction, in variance."""
    draw = np.random.default_rng(0)
    ids = np.stack([draw.integers(0, USERS, 30_000), draw.integers(0, ITEMS, 30_000)], 1)
    alone = draw.normal(0, 0.7, USERS)[ids[:, 0]] + draw.normal(0, 0.7, ITEMS)[ids[:, 1]]
    user, item = draw.normal(size=(USERS, RANK)), draw.normal(size=(ITEMS, RANK))
    logits = alone + (user[ids[:, 0]] * item[ids[:, 1]]).sum(1) / RANK**0.5
    labels = torch.from_numpy(draw.random(30_000) < 1 / (1 + np.exp(-logits))).float()
    rows = torch.from_numpy(ids + FIRST_VALUE)
    cuts = (slice(0, 24_000), slice(24_000, 27_000), slice(27_000, None))
    train, valid, test = (Rows(rows[cut], labels[cut]) for cut in cuts)
    return train, valid, test


@cache
def trained(name: str) -> tuple[nn.Module, float]:
    """Return a model at its defaults, and its test AUC."""
    train, valid, test = parts()
    torch.manual_seed(0)
    model = create_model(name, FIELDS)
    fit(model, train, valid, PROTOCOL, seed=0)
    found = auc(test.labels.numpy() > 0, predict(model, test.ids))
    assert found is not None
    return model, found


def test_fm_finds_an_interaction_that_lr_cannot_tell() -> None:
    assert trained("fm")[1] > trained("lr")[1] + 0.03


@pytest.mark.parametrize("name", [name for name in CORE if name in MODELS])
def test_no_part_of_a_model_is_idle(name: str) -> None:
    model, _ = trained(name)
    _, _, test = parts()
    shares = moved(model, test.ids, predict(model, test.ids))
    assert shares
    assert {part: share for part, share in shares.items() if share < 5 * IDLE} == {}
