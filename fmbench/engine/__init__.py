"""The engine: the plain loop's result, an order of magnitude sooner.

A model's step is noted once as a sequence of tensor operations and then performed by a small
machine in compiled code, many steps a call, without Python between two of them. Rows of the shared
tables are updated only where a batch reads them; what dense Adam would have done to them meanwhile
is made up for exactly. A model whose step is not a fixed sequence is left to the plain loop.
"""

import copy
import logging

import scipy.linalg.cython_blas  # noqa: F401  called by np.dot in kernels; loaded to be limited
import threadpoolctl
import torch
from torch import Tensor, nn

from fmbench import machine_code
from fmbench.engine.engine import Engine
from fmbench.engine.kernels.jit import say_not_kept
from fmbench.engine.tracing.graph import Untraceable as Untraceable
from fmbench.engine.tracing.trace import take_apart, trace
from fmbench.errors import NOTE
from fmbench.fields import FIRST_VALUE, Field
from fmbench.layers import FieldLinear
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Source, Window

log = logging.getLogger("fmbench")

WORTH = 2.0
"""Seconds that the engine must spare to be handed a run. Loading its kernels and tracing take
it half a second; compiling them takes half a minute once for an installation, for which a run of a
moment is not to wait. Whether they are compiled must not matter, nor how fast the machine is: the
same command gives the same bits twice."""

STEP, WEIGHT, ID = 1e-3, 3e-9, 2e-7
"""Seconds that the engine spares: for a step, whose operations the plain loop launches one by one
(0.5 ms for `lr`, 1.1 ms for `deepfm`); for a weight in a step, which dense Adam updates whether it
was read or not; for an id in a step, which is looked up and its gradient added. The rest, a model's
own products, takes both alike. Measured on one thread of a server, for `lr`, `fm` and `deepfm` of 2
and 28 columns and 45 thousand to 4.9 million weights, at batches of 16 to 8,192: the engine was the
faster in all, and spared what is predicted to within a factor of two to four."""

LARGE = 2_000_000
"""Weights in the tables from which on the engine pays even where torch performs what the machine
cannot: the plain loop updates all of them in each step, and is the faster one below that."""


def is_worth_it(spec: TrainSpec, rows: int, columns: int, weights: int, device: str) -> bool:
    """Tell whether the engine would spare a run enough, and the device is one that it runs on.

    The run is on `rows` rows of `columns` ids each, with a model of so many `weights`.
    """
    step = STEP + WEIGHT * weights + ID * spec.batch_size * columns
    return device == "cpu" and spec.max_epochs * (rows // spec.batch_size) * step >= WORTH


def check_fixed(model: nn.Module, ids: Tensor) -> None:
    """Refuse a model whose step is not the same operations for every batch.

    The model may be on any device; `ids`, `(batch, columns)`, are some rows to try it with.

    Raises:
        RuntimeError: The model keeps what it computed, and so torch cannot copy it.
        Untraceable: The step is not fixed.
    """
    trace(take_apart(copy.deepcopy(model).cpu()), ids.cpu())


def trainer(model: nn.Module, train: Source, spec: TrainSpec, key: int) -> Engine:
    """Return what trains `model` faster than the plain loop; `key` seeds dropout.

    Raises:
        Untraceable: Nothing trains it faster.
    """
    threadpoolctl.threadpool_limits(torch.get_num_threads(), user_api="blas")
    engine = Engine(model, train, spec, key)
    if engine.path != "native" and engine.table.state[:, 0].size < LARGE:
        raise Untraceable(f"{engine.path}, no faster in tables this small")
    return engine


def compile_kernels() -> None:
    """Compile what is not compiled yet, so that processes to come find it on disk."""
    if machine_code.found() is None:
        if machine_code.writable() is None:
            say_not_kept("; ".join(f"{place} is not writable" for place in machine_code.places()))
            return
        log.log(NOTE, "compiling the engine, once for this installation: about half a minute")
    rows = Rows(torch.full((4, 1), FIRST_VALUE), torch.tensor([0.0, 1.0, 0.0, 1.0]))
    spec = TrainSpec(batch_size=2)
    engine = Engine(FieldLinear([Field("any", 3)]), rows, spec, key=0)
    engine.one_pass([Window(rows, torch.arange(4))], spec.lr)
