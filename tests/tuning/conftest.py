"""Records as trials would leave them; every number in them is made up."""

from collections.abc import Callable
from typing import Any

import pytest

from fmbench.record import Epoch, Record
from fmbench.spec import RunSpec, TrainSpec

Make = Callable[..., Record]


def make_trial(
    loss: float | None = 0.5, seconds: float = 1.0, lr: float = 0.01, **changed: Any
) -> Record:
    """Return the record of a trial of two epochs; without a loss, of one that failed."""
    spec = RunSpec(name="fm", dataset="d", model="fm", train=TrainSpec(lr=lr), tests=False)
    if loss is None:
        return Record(spec=spec, status="diverged", reason="nan", **changed)
    epoch = Epoch(
        train_loss=0.5, tail_loss=0.5, valid_logloss=loss, valid_auc=0.7, seconds=seconds / 2
    )
    metrics = {"valid": {"logloss": loss, "auc": 0.7}}
    return Record(spec=spec, status="ok", metrics=metrics, curve=[epoch, epoch], **changed)


@pytest.fixture
def trial() -> Make:
    """Return `make_trial`."""
    return make_trial
