"""What trains a model: the fastest way that takes it, else the plain loop."""

from torch import nn

from fmbench import engine
from fmbench.engine import Untraceable, captured
from fmbench.harness.building import count_parameters
from fmbench.spec import TrainSpec
from fmbench.training.batches import Source
from fmbench.training.fit import why_plain
from fmbench.training.memory import is_short
from fmbench.training.plain import Plain
from fmbench.training.progress import Trainer


def fastest(model: nn.Module, train: Source, spec: TrainSpec, key: int) -> tuple[Trainer, str]:
    """Return what takes the steps, and why it is the plain loop where a faster path was tried.

    On a GPU that is the captured step; on a CPU the engine, if there is enough to do for it.
    """
    try:
        if train.device.type == "cuda":
            return captured.trainer(model, train, spec), ""
        size = len(train), train.head(1).shape[1], count_parameters(model)
        if not engine.is_worth_it(spec, *size, train.device.type):
            return Plain(model, train, spec), ""
        return engine.trainer(model, train, spec, key), ""
    except Untraceable as reason:
        why = str(reason)
    except Exception as error:  # what is wrong with the model, the plain loop says more clearly
        if is_short(error):
            raise
        why = why_plain(error)
    return Plain(model, train, spec), why
