"""Logits far beyond where a sigmoid is 0 or 1: both paths train on, and agree."""

import copy

import numpy as np
import pytest
import torch
from few_rows import FIELDS
from few_rows import rows as few_rows
from torch import nn

from fmbench.layers import FieldLinear
from fmbench.metrics import logloss
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.fit import fit
from fmbench.training.predict import predict

from .test_engine import BATCH, STRETCH, both, build, distance, engine_of, parted, partings, rows

START = [-1000.0, -50.0, 50.0, 1000.0]
SPEC = TrainSpec(lr=1e-3, batch_size=BATCH)


def saturated(model: nn.Module, start: float) -> nn.Module:
    """Begin with a bias that leaves no doubt about any row."""
    for part in model.modules():
        if isinstance(part, FieldLinear):
            nn.init.constant_(part.bias, start)
    return model


@pytest.mark.parametrize("name", ["lr", "deepfm"])
@pytest.mark.parametrize("start", START)
def test_both_paths_train_on_saturated_logits_alike(start: float, name: str) -> None:
    """The loss of a wrong row is its logit, to rounding, and its gradient is one, not none."""
    data = rows(torch.float64, 10 * BATCH)
    twins = [saturated(build(name, torch.float64), start) for _ in range(2)]
    plain, fast, trainer = both(*twins, data, SPEC)
    assert trainer.path == "native"
    wrong = data.labels.mean().item() if start < 0 else 1 - data.labels.mean().item()
    assert plain.mean().item() == pytest.approx(wrong * abs(start), rel=0.1)
    assert all(torch.isfinite(value).all() for value in twins[0].state_dict().values())
    assert distance(*twins) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["lr", "deepfm"])
@pytest.mark.parametrize("start", START)
def test_in_float32_the_engine_takes_the_same_steps_on_saturated_logits(
    start: float, name: str
) -> None:
    data, model = rows(torch.float32, 3 * STRETCH * BATCH), build(name, torch.float32)
    exact = copy.deepcopy(saturated(model, start)).double()
    fast = engine_of(model, data, SPEC)
    assert fast.path == "native"
    distances = partings(fast, exact, data)
    assert parted(distances) <= 1, distances


@pytest.mark.parametrize("start", START)
def test_saturated_logits_are_no_divergence(start: float) -> None:
    train, valid = few_rows(300), few_rows(100, seed=1)
    model = saturated(create_model("lr", FIELDS), start)
    spec = TrainSpec(batch_size=32, max_epochs=2)
    losses = [epoch.valid_logloss for epoch in fit(model, train, valid, spec, seed=0).curve]
    logits = predict(model, valid.ids)
    assert np.isfinite(logits).all()
    assert losses[1] < losses[0]
    assert logloss(valid.labels.numpy() > 0, logits) == losses[1]
