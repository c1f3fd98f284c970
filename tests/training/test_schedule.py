"""Schedules: a training that goes to the end of a loss with one minimum."""

import torch
from torch import nn

from fmbench.fields import Field
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows
from fmbench.training.fit import fit
from fmbench.training.loss import loss
from fmbench.training.priors import Shrinkage
from fmbench.training.schedule import ToTheEnd

FIELDS = [Field("user", 40), Field("movie", 12)]
SPEC = TrainSpec(batch_size=64, max_epochs=40)


def rows(count: int, seed: int) -> Rows:
    draw = torch.Generator().manual_seed(seed)
    ids = torch.stack([torch.randint(2, f.cardinality, (count,), generator=draw) for f in FIELDS])
    chances = torch.sigmoid(ids[0] / 10 - 2 + (ids[1] % 3))
    return Rows(ids.T.contiguous(), torch.bernoulli(chances, generator=draw))


def steepness(model: nn.Module, data: Rows) -> float:
    """Return the largest slope of the loss with its penalty over all training rows."""
    model.zero_grad()
    (loss(model(data.ids), data.labels) + Shrinkage(model, data, SPEC)(data.ids)).backward()
    return max(p.grad.abs().max().item() for p in model.parameters() if p.grad is not None)


def test_to_the_end_is_where_the_slope_is_none_whatever_validation_says() -> None:
    data, other = rows(2_000, seed=0), rows(300, seed=1)
    flipped = Rows(other.ids, 1 - other.labels)
    model = create_model("lr", FIELDS)
    before = steepness(model, data)
    fitted = fit(model, data, flipped, SPEC, seed=0, schedule=ToTheEnd())
    assert len(fitted.curve) == SPEC.max_epochs == fitted.best_epoch + 1
    assert steepness(model, data) < before / 100


def test_one_pass_is_one_of_the_first_size() -> None:
    data = rows(200, seed=0)
    one = TrainSpec(batch_size=64, max_epochs=1)
    assert len(fit(create_model("lr", FIELDS), data, data, one, 0, schedule=ToTheEnd()).curve) == 1
