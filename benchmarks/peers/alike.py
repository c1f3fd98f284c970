"""What the peers' files have in common in torch: threads, first weights, clock."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from protocol import Job
from torch import Tensor, nn


def start(threads: int) -> None:
    """Set a peer's process up.

    Denormals are flushed to zero, as fmbench does: Adam's moments decay into them, and a peer is
    not to be slow for want of a setting.
    """
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)
    torch.set_flush_denormal(True)


@torch.no_grad()
def start_alike(model: nn.Module, job: Job, table: type[nn.Module] = nn.Embedding) -> None:
    """Give a model the weights that all peers start a job from: one draw, whoever asks.

    The distributions are fmbench's: linear weights at zero, embeddings from N(0, 0.01²), hidden
    layers as He et al. (2015) have it, the last layer at zero. The peers' own starts differ widely
    (linear weights from N(0, 1) in torchfm, all weights from N(0, 0.0001²) in deepctr-torch), and
    so would their losses after a few hundred steps; what a step costs does not depend on it.

    Args:
        model: Its tables hold the fields in their order, be it in one table or one a field.
        job: Its seed decides the draw.
        table: What the tables of the model are.
    """
    torch.manual_seed(job.seed)  # of dropout, and of whatever is left as the peer drew it
    embeddings, layers = (np.random.default_rng([job.seed, use]) for use in range(2))
    for module in model.modules():
        if isinstance(module, table):
            n, dim = module.weight.shape
            fill(module.weight, embeddings.normal(0, 0.01, (n, dim)) if dim > 1 else 0.0)
        elif isinstance(module, nn.Linear):
            outputs, inputs = module.weight.shape
            std = 0.0 if outputs == 1 else (2 / inputs) ** 0.5
            fill(module.weight, layers.normal(0, std, (outputs, inputs)))
            if module.bias is not None:
                fill(module.bias, 0.0)


def fill(weight: Tensor, values: NDArray[np.float64] | float) -> None:
    """Overwrite a weight."""
    weight.copy_(torch.as_tensor(values))


def adam(parameters: Iterable[nn.Parameter], lr: float, **own: Any) -> torch.optim.Adam:
    """Return the optimizer that all libraries take, where its speed is not what is measured.

    torch's fused kernel: the arithmetic of the loop over tensors that they get, in a fraction of
    its time.
    """
    return torch.optim.Adam(parameters, lr, fused=True, **own)


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Return `work` with its result replaced by the seconds it took."""

    def train() -> float:
        begin = time.perf_counter()
        work()
        return time.perf_counter() - begin

    return train


@torch.no_grad()
def chances(model: nn.Module, inputs: Tensor) -> NDArray[np.float32]:
    """Return what a model that ends in a sigmoid says, `(rows,)`."""
    model.eval()
    return model(inputs).flatten().numpy()
