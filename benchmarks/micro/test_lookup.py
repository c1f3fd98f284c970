"""The lookup: a batch's rows out of the table, multi-valued fields averaged.

Bytes: the ids, a table row for each, and the vectors written. Operations: the sums and divisions of
the multi-valued fields' means.
"""

import naive
import numpy as np
import pytest
import torch
from micro import BATCHES, DIM, FIELDS, Behind, draw_embedding, draw_rows, engine_of

from fmbench.engine.kernels.tables import gather
from fmbench.layers import PairwiseInteraction

every_shape = pytest.mark.parametrize("batch", BATCHES)
every_field_set = pytest.mark.parametrize("fields", FIELDS)


def work(fields: str, batch: int, bytes_of_id: int) -> dict[str, int]:
    """Return bytes and operations of a lookup."""
    columns = sum(field.width for field in FIELDS[fields])
    averaged = sum(field.width + 1 for field in FIELDS[fields] if field.width > 1)
    return {
        "moves": batch * (columns * (bytes_of_id + 4 * DIM) + len(FIELDS[fields]) * 4 * DIM),
        "operations": batch * averaged * DIM,
    }


def check(vectors: torch.Tensor, embedding: torch.nn.Module, ids: torch.Tensor) -> None:
    """Hold two rows of the batch against the naive formula."""
    some = [0, len(ids) - 1]
    expected = [naive.lookup(embedding, ids[row].tolist()) for row in some]
    torch.testing.assert_close(vectors[some].double(), torch.tensor(expected, dtype=torch.float64))


@every_field_set
@every_shape
def test_lookup_plain(measure, fields, batch):
    embedding, ids = draw_embedding(FIELDS[fields]), draw_rows(FIELDS[fields], batch).ids
    with torch.no_grad():
        vectors = measure(embedding, ids, **work(fields, batch, 8))
    check(vectors, embedding, ids)


@every_field_set
@every_shape
def test_lookup_engine(measure, fields, batch):
    embedding, rows = draw_embedding(FIELDS[fields]), draw_rows(FIELDS[fields], batch)
    engine = engine_of(Behind(embedding, PairwiseInteraction()), rows, batch)
    places = engine.programs[batch].looked_up
    picks = np.arange(batch)
    args = (engine.table, engine.data, engine.batch, picks, engine.memory, places, 1, engine.adam)
    measure(gather, *args, **work(fields, batch, 4))
    flat = engine.memory[places[0] :][: batch * len(FIELDS[fields]) * DIM]
    check(torch.from_numpy(flat).view(batch, -1, DIM), embedding, rows.ids)
