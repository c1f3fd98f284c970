"""Columns: which columns of the ids belong to which field, and all of them as one-hot columns."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from fmbench.baselines._registry import Ids
from fmbench.fields import PADDING, Field


def by_field(fields: Sequence[Field], ids: Ids) -> Iterator[tuple[Field, Ids]]:
    """Go through the fields, each with its own columns of the ids."""
    start = 0
    for field in fields:
        yield field, ids[:, start : start + field.width]
        start += field.width


def one_hot(fields: Sequence[Field], ids: Ids) -> sparse.csr_matrix:
    """Return a column for every id of every field, in their order; each field sums to one a row.

    The values of a multi-valued field share its weight, as in the pooling of the models; a row
    without any is zero there. An id that training has not seen has a column that is zero in all
    training rows.
    """
    columns, weights = [], []
    start = 0
    for field, own in by_field(fields, ids):
        present = own != PADDING
        share = 1.0 / np.maximum(present.sum(1, keepdims=True), 1)
        columns.append(own.astype(np.int32) + start)
        weights.append(present * share)
        start += field.cardinality
    indices, data = np.concatenate(columns, 1), np.concatenate(weights, 1)
    rows, width = indices.shape
    ends = np.arange(0, rows * width + 1, width)
    matrix = sparse.csr_matrix((data.ravel(), indices.ravel(), ends), shape=(rows, start))
    matrix.eliminate_zeros()
    return matrix
