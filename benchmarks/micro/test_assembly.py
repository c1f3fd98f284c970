"""Batch assembly: ids and labels of a batch out of the rows in memory.

Bytes, plain: the order, then ids and labels read and written. Bytes, engine: the order, the ids,
a slot a table row in both directions, labels read and written, and the vectors in both directions:
the engine looks them up in the same pass, in which it numbers the batch's distinct table rows for
the optimizer. No operations.
"""

import numpy as np
import pytest
import torch
from micro import BATCHES, DIM, FIELDS, Behind, draw_embedding, draw_rows, engine_of

from fmbench.engine.kernels.steps import begin
from fmbench.layers import PairwiseInteraction

ROWS = 100_000

every_shape = pytest.mark.parametrize("batch", BATCHES)
every_field_set = pytest.mark.parametrize("fields", FIELDS)


def columns(fields: str) -> int:
    """Return the number of columns of ids."""
    return sum(field.width for field in FIELDS[fields])


@every_field_set
@every_shape
def test_assembly_plain(measure, fields, batch):
    rows = draw_rows(FIELDS[fields], ROWS)
    order = torch.randperm(ROWS, generator=torch.Generator().manual_seed(1))[:batch]
    ids, labels = measure(
        lambda: (rows.ids[order], rows.labels[order]),
        moves=batch * (8 + 2 * 8 * columns(fields) + 2 * 4),
        operations=0,
    )
    assert ids.tolist() == [rows.ids[i].tolist() for i in order]
    assert labels.tolist() == [rows.labels[i].item() for i in order]


def engine_and_picks(fields: str, batch: int):
    """Return an engine over all rows and a batch's rows out of them."""
    rows = draw_rows(FIELDS[fields], ROWS)
    engine = engine_of(Behind(draw_embedding(FIELDS[fields]), PairwiseInteraction()), rows, batch)
    return engine, np.random.default_rng(1).permutation(ROWS)[:batch]


def check_slots(engine, picks, used: int) -> None:
    """Each distinct table row has a slot of its own, and is counted."""
    batch, named = engine.batch, engine.data.ids[picks]
    rows, times = np.unique(named, return_counts=True)
    order = np.argsort(batch.rows[:used])
    np.testing.assert_array_equal(batch.rows[:used][order], rows)
    np.testing.assert_array_equal(batch.times[:used][order], times)
    np.testing.assert_array_equal(batch.rows[batch.slots[: len(picks)]], named)


@every_field_set
@every_shape
def test_assembly_engine(measure, fields, batch):
    engine, picks = engine_and_picks(fields, batch)
    program = engine.programs[batch]
    args = (engine.table, engine.data, engine.batch, picks, 1, engine.adam)
    used = measure(
        begin,
        program,
        engine.memory,
        *args,
        moves=batch * (8 + 8 + columns(fields) * (5 * 4 + 4 * DIM) + len(FIELDS[fields]) * 4 * DIM),
        operations=0,
    )
    check_slots(engine, picks, used)
    labels = engine.memory[program.labels :][:batch]
    assert labels.tolist() == [engine.data.labels[i] for i in picks]
