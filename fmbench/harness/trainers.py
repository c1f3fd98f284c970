"""What trains a model: the fastest way that takes it, else the plain loop."""

from torch import nn

from fmbench import engine
from fmbench.engine import captured
from fmbench.spec import TrainSpec
from fmbench.training.batches import Source
from fmbench.training.fit import Trainer
from fmbench.training.plain import Plain


def fastest(model: nn.Module, train: Source, spec: TrainSpec, key: int) -> Trainer:
    """Return the fastest there is: on a CPU the engine, if there are enough steps for it."""
    quick: Trainer | None = None
    if train.device.type == "cuda":
        quick = captured.trainer(model, train, spec)
    elif engine.is_worth_it(spec, len(train), train.device.type):
        quick = engine.trainer(model, train, spec, key)
    return quick or Plain(model, train, spec)
