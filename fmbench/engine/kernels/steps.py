"""Training steps: rows in, the machine's program, gradients out, Adam."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.adam import Adam
from fmbench.engine.kernels.jit import kernel
from fmbench.engine.kernels.machine import run
from fmbench.engine.kernels.rowwise import update_row
from fmbench.engine.kernels.tables import (
    Batch,
    Table,
    TableRows,
    collect,
    gather,
    update,
    update_all,
)

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


class Program(NamedTuple):
    """A step of one batch size, and where in memory its parts stand."""

    code: Ints
    constants: Floats
    size: int
    """Rows of a batch."""
    parameters: int
    """Number of parameters; memory begins with weights, first and second moments, gradients."""
    labels: int
    loss: int
    looked_up: Ints
    """Where each table's vectors are read from, `(tables,)`."""
    gradients: Ints
    """Where their gradients are found, `(tables,)`."""


@kernel
def begin(
    program: Program,
    memory: Floats,
    table: Table,
    data: TableRows,
    batch: Batch,
    picks: Ints,
    step: int,
    adam: Adam,
) -> int:
    """Read a batch into memory; return how many slots it uses."""
    for b in range(len(picks)):
        memory[program.labels + b] = data.labels[picks[b]]
    return gather(table, data, batch, picks, memory, program.looked_up, step, adam)


@kernel
def finish(
    program: Program,
    memory: Floats,
    table: Table,
    data: TableRows,
    batch: Batch,
    used: int,
    step: int,
    adam: Adam,
) -> None:
    """Take step `step` from the gradients in memory."""
    collect(table, data, batch, program.size, used, memory, program.gradients)
    if adam.decay == 0:
        update(table, batch, program.size, used, step, adam)
    else:
        update_all(table, batch, program.size, used, step, adam)
    n = program.parameters
    update_row(memory[: 3 * n].reshape(3, n), memory[3 * n : 4 * n], step, adam)


@kernel
def train(
    program: Program,
    memory: Floats,
    scratch: Floats,
    table: Table,
    data: TableRows,
    batch: Batch,
    picks: Ints,
    step: int,
    adam: Adam,
    key: np.uint64,
    losses: Floats,
) -> None:
    """Take a step on each whole batch of `picks`, after `step` steps; note the losses."""
    for i in range(len(losses)):
        step += 1
        chosen = picks[i * program.size : (i + 1) * program.size]
        used = begin(program, memory, table, data, batch, chosen, step, adam)
        run(program.code, program.constants, memory, scratch, key, step)
        finish(program, memory, table, data, batch, used, step, adam)
        losses[i] = memory[program.loss]
