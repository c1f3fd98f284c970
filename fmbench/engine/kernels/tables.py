"""Embedding rows: read from and written to the one table that holds all tables' weights.

A row of the fused table holds weight, first and second moment of every shared table side by side:
a batch touches memory once a row, wherever the weights are used.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.adam import Adam
from fmbench.engine.kernels.jit import kernel
from fmbench.engine.kernels.prefetch import prefetch
from fmbench.engine.kernels.rowwise import catch_up, scale, update_row

Floats = NDArray[np.floating]

CACHED = 1 << 23
"""Numbers in a table from which on most of its rows are not in the processor's cache."""
AHEAD = 8
"""Rows of a batch by which a row of such a table is asked for before its turn."""
LINE = 16
"""Numbers that come from memory together, in float32."""


class TableRows(NamedTuple):
    """The training rows, resident."""

    ids: NDArray[np.int32]
    """`(rows, columns)`, row numbers of the fused table."""
    labels: Floats
    starts: NDArray[np.int64]
    """First column of each field and the number of columns, `(fields + 1,)`."""
    paddings: NDArray[np.int32]
    """The table row of each column's padding, `(columns,)`."""


class Table(NamedTuple):
    """The fused table and what is known of its rows."""

    state: Floats
    """`(rows, 3, dim)`: weights, first moments, second moments."""
    last: NDArray[np.int32]
    """The step after which each row's state holds; 0: never touched."""
    slot: NDArray[np.int32]
    """Where each row of the batch at hand collects its gradient."""
    share: Floats
    """One over how often the training rows name each row; 0 for padding."""
    penalty: Floats
    """Prior precision of each column of the table, `(dim,)`, for a row that is seen without end."""
    rare: Floats
    """Sights of a row at which each column's precision is twice that, `(dim,)`."""
    deviations: NDArray[np.int64]
    """The columns that hold deviations under a prior."""
    splits: NDArray[np.int64]
    """First column of each table and the number of columns, `(tables + 1,)`."""


class Batch(NamedTuple):
    """What is known of the batch at hand; large enough for the largest."""

    slots: NDArray[np.int32]
    """`(batch, columns)`: the slot of each id."""
    rows: NDArray[np.int32]
    """`(slots,)`: the table row of each slot."""
    times: NDArray[np.int32]
    """`(slots,)`: how often the batch names each slot's row."""
    sums: Floats
    """`(slots, dim)`: the gradient of each slot."""


def batch_of(size: int, columns: int, dim: int, dtype: np.dtype) -> Batch:
    """Make room for a batch."""
    return Batch(
        np.zeros((size, columns), np.int32),
        np.zeros(size * columns, np.int32),
        np.zeros(size * columns, np.int32),
        np.zeros((size * columns, dim), dtype),
    )


@kernel
def catch_up_all(table: Table, step: int, adam: Adam) -> None:
    """Bring every row to the state after `step`, as evaluation reads them."""
    for row in range(len(table.last)):
        since = table.last[row]
        if since < step:
            catch_up(table.state, row, step - since, since, adam)
            table.last[row] = step


@kernel
def gather(
    table: Table,
    data: TableRows,
    batch: Batch,
    picks: NDArray[np.int64],
    memory: Floats,
    places: NDArray[np.int64],
    step: int,
    adam: Adam,
) -> int:
    """Read a batch: each of its table rows is brought to the state before `step`, once.

    Copies the weights to each table's place in memory, `(batch, fields, dim)`, while they are at
    hand. Returns how many slots are used.
    """
    used, fields = 0, len(data.starts) - 1
    is_far = table.state.size > CACHED
    for b in range(len(picks)):
        if is_far and b + AHEAD < len(picks):
            ask_for(table.state, table.last, table.slot, data.ids[picks[b + AHEAD]])
        ids, slots = data.ids[picks[b]], batch.slots[b]
        for f in range(fields):
            low, high = data.starts[f], data.starts[f + 1]
            row = 0
            for c in range(low, high):
                row = ids[c]
                slot = table.slot[row]
                if slot >= used or batch.rows[slot] != row:
                    slot = used
                    used += 1
                    table.slot[row] = slot
                    batch.rows[slot] = row
                    batch.times[slot] = 0
                    since = table.last[row]
                    if since < step - 1:
                        catch_up(table.state, row, step - 1 - since, since, adam)
                        table.last[row] = step - 1
                slots[c] = slot
                batch.times[slot] += 1
            weight = table.state[row, 0]
            for k in range(len(places)):
                left, width = table.splits[k], table.splits[k + 1] - table.splits[k]
                start = places[k] + (b * fields + f) * width
                if high - low > 1:
                    out = memory[start : start + width]
                    average(out, table.state, ids[low:high], data.paddings[low:high], left)
                elif width == 1:
                    memory[start] = weight[left]
                else:
                    out, part = memory[start : start + width], weight[left : left + width]
                    for d in range(width):
                        out[d] = part[d]
    return used


@kernel
def ask_for(
    state: Floats, last: NDArray[np.int32], slot: NDArray[np.int32], rows: NDArray[np.int32]
) -> None:
    """Start loading rows of the table and what is known of them."""
    size = state.shape[1] * state.shape[2]
    for c in range(len(rows)):
        prefetch(slot, rows[c])
        prefetch(last, rows[c])
        for d in range(0, size, LINE):
            prefetch(state, rows[c] * size + d)


@kernel
def average(
    out: Floats, state: Floats, rows: NDArray[np.int32], paddings: NDArray[np.int32], left: int
) -> None:
    """Write the mean over the values present of a field: columns of the table from `left` on."""
    for d in range(len(out)):
        out[d] = 0
    present = 0
    for c in range(len(rows)):
        if rows[c] != paddings[c]:
            present += 1
            weight = state[rows[c], 0, left : left + len(out)]
            for d in range(len(out)):
                out[d] += weight[d]
    scale(out, out.dtype.type(1 / max(present, 1)))


@kernel
def collect(
    table: Table,
    data: TableRows,
    batch: Batch,
    size: int,
    used: int,
    memory: Floats,
    places: NDArray[np.int64],
) -> None:
    """Add up each slot's gradient from each table's place in memory."""
    fields, kind = len(data.starts) - 1, memory.dtype.type
    for slot in range(used):
        total = batch.sums[slot]
        for d in range(len(total)):
            total[d] = 0
    for b in range(size):
        slots = batch.slots[b]
        for f in range(fields):
            low, high = data.starts[f], data.starts[f + 1]
            present = 1
            if high - low > 1:
                present = 0
                for c in range(low, high):
                    present += batch.rows[slots[c]] != data.paddings[c]
            even = kind(1 / max(present, 1))
            for k in range(len(places)):
                left, width = table.splits[k], table.splits[k + 1] - table.splits[k]
                start = places[k] + (b * fields + f) * width
                for c in range(low, high):
                    if high - low > 1 and batch.rows[slots[c]] == data.paddings[c]:
                        continue
                    if width == 1:
                        batch.sums[slots[c], left] += even * memory[start]
                        continue
                    source = memory[start : start + width]
                    target = batch.sums[slots[c], left : left + width]
                    for d in range(width):
                        target[d] += even * source[d]


@kernel
def update(table: Table, batch: Batch, size: int, used: int, step: int, adam: Adam) -> None:
    """Take step `step` on the rows of a batch of `size`, their share of the penalty included."""
    kind = table.state.dtype.type
    for slot in range(used):
        row = batch.rows[slot]
        share = kind(table.share[row] * batch.times[slot] / size)
        total, weight = batch.sums[slot], table.state[row, 0]
        for d in range(len(total)):
            scarce = kind(1) + table.rare[d] * table.share[row]
            total[d] += share * table.penalty[d] * scarce * weight[d]
        if share:  # padding has no share, and no deviation to divide by
            for d in table.deviations:
                total[d] -= share / weight[d]
        update_row(table.state[row], total, step, adam)
        table.last[row] = step


@kernel
def update_all(table: Table, batch: Batch, size: int, used: int, step: int, adam: Adam) -> None:
    """Take step `step` on every row: coupled decay gives each a gradient, read or not."""
    update(table, batch, size, used, step, adam)
    nothing = np.zeros(table.state.shape[2], table.state.dtype)
    for row in range(len(table.last)):
        if table.last[row] < step:
            update_row(table.state[row], nothing, step, adam)
            table.last[row] = step
