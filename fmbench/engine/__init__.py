"""The engine: the plain loop's result, an order of magnitude sooner.

A model's step is noted once as a sequence of tensor operations and then performed by a small
machine in compiled code, many steps a call, without Python between two of them. Rows of the shared
tables are updated only where a batch reads them; what dense Adam would have done to them meanwhile
is made up for exactly. A model that is no fixed sequence of operations is left to the plain loop.
"""

import copy
import logging

import scipy.linalg.cython_blas  # noqa: F401  what np.dot in a kernel calls; there to be limited
import threadpoolctl
import torch
from torch import Tensor, nn

from fmbench import machine_code
from fmbench.engine.engine import Engine
from fmbench.engine.kernels.jit import say_not_kept
from fmbench.engine.tracing.graph import Untraceable
from fmbench.engine.tracing.trace import take_apart, trace
from fmbench.errors import NOTE
from fmbench.fields import FIRST_VALUE, Field
from fmbench.layers import FieldLinear
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Source, Window

log = logging.getLogger("fmbench")

WORTH = 2_000
"""Steps from which on a run is handed to the engine. Fewer take the plain loop a few seconds, about
as long as loading, and a tenth of compiling the kernels. Whether they are compiled must not matter:
the same command gives the same bits twice."""

LARGE = 2_000_000
"""Weights in the tables from which on it pays that torch performs what the machine cannot: the
plain loop updates all of them a step, and is the faster one below that."""


def is_worth_it(spec: TrainSpec, rows: int, device: str) -> bool:
    """Tell whether a run is long enough, and where the engine can take it."""
    return device == "cpu" and spec.max_epochs * (rows // spec.batch_size) >= WORTH


def is_fixed(model: nn.Module, ids: Tensor) -> bool:
    """Tell whether a step of `model` is the same operations for every batch.

    Whatever device it is on; `ids`, `(batch, columns)`, are some rows to try it with.
    """
    try:
        trace(take_apart(copy.deepcopy(model).cpu()), ids.cpu())
    except (RuntimeError, Untraceable):  # torch copies no model that keeps what it computed
        return False
    return True


def trainer(model: nn.Module, train: Source, spec: TrainSpec, key: int) -> Engine | None:
    """Return what trains `model` faster than the plain loop; None if nothing does.

    `key` seeds dropout.
    """
    threadpoolctl.threadpool_limits(torch.get_num_threads(), user_api="blas")
    try:
        engine = Engine(model, train, spec, key)
    except Untraceable:
        return None
    return engine if engine.path == "native" or engine.table.state[:, 0].size >= LARGE else None


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
