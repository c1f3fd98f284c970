"""Columns: which columns of the ids belong to which field; as one-hot columns, and as numbers."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fmbench.baselines._registry import Ids
from fmbench.fields import PADDING, Field, columns


def by_field(fields: Sequence[Field], ids: Ids) -> Iterator[tuple[Field, Ids]]:
    """Go through the fields, each with its own columns of the ids."""
    for field, own in zip(fields, columns(fields), strict=True):
        yield field, ids[:, own]


def numbers(fields: Sequence[Field], ids: Ids) -> NDArray[np.float64]:
    """Return the finest bin of each numeric field, `(rows, numeric fields)`; NaN: no number."""
    found = [np.empty((len(ids), 0))]
    for field, own in by_field(fields, ids):
        if field.kind == "numeric":
            finest = own[:, :1]
            found.append(np.where(finest < field.first_bin, np.nan, finest))
    return np.hstack(found)


def one_hot(fields: Sequence[Field], ids: Ids) -> sparse.csr_matrix:
    """Return a column for every id of every field, in their order; a category sums to one a row.

    The values of a multi-valued field share its weight, as in the pooling of the models; a row
    without any is zero there. An id that training has not seen has a column that is zero in all
    training rows. A field taken as a number has one column for all of its bins: the number.
    """
    indices, weights = [], []
    start = 0
    for field, own in by_field(fields, ids):
        present = own != PADDING
        share = 1.0 / np.maximum(present.sum(1, keepdims=True), 1)
        indices.append(np.minimum(own, field.rows - 1).astype(np.int32) + start)
        weights.append(present * share * (np.array(field.factors)[own] if field.values else 1.0))
        start += field.rows
    places, data = np.concatenate(indices, 1), np.concatenate(weights, 1)
    rows, width = places.shape
    ends = np.arange(0, rows * width + 1, width)
    matrix = sparse.csr_matrix((data.ravel(), places.ravel(), ends), shape=(rows, start))
    matrix.eliminate_zeros()
    return matrix
