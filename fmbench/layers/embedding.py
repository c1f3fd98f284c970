"""The shared embedding / offset layer: all fields of a dataset in one table."""

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING, UNSEEN, Field, columns, owners
from fmbench.layers.check import check_width
from fmbench.layers.numeric import Numbers


class IdOutOfRange(IndexError):
    """An id outside its field; it would have read a neighbouring field's rows."""


class FieldTable(nn.Module):
    """One weight row for every id of every field, in a single table with an offset a field.

    A field that is taken as a number (`Field.values`) has one row for all of its bins, which is
    multiplied by the value that the bin stands for.

    **Shape**

    - Input: `(batch, columns)`, int64; the columns of a field stand side by side.
    - Output: `(batch, fields, dim)`; a multi-valued field is the mean over the values present,
      zero where there are none.

    Rows of padding and of "unseen" are zero: padding must add nothing, and an id that training
    never saw is best guessed at the mean of the prior that regularisation pulls the others to.

    Raises:
        IdOutOfRange: An id is negative or not below its field's cardinality.
        ValueError: The number of columns is not that of the fields.
    """

    columns: Tensor
    """The first table row of each column's field, `(columns,)`."""
    limits: Tensor
    """The cardinality of each column's field, `(columns,)`."""

    def __init__(self, fields: Sequence[Field], dim: int, std: float) -> None:
        super().__init__()
        self.fields = tuple(fields)
        sizes, limits = [field.rows for field in fields], [field.cardinality for field in fields]
        starts = [0, *accumulate(sizes)][:-1]
        widths = torch.tensor([field.width for field in fields])
        # Buffers move with the module but are not part of what it has learnt.
        self.register_buffer("columns", torch.tensor(starts).repeat_interleave(widths), False)
        self.register_buffer("limits", torch.tensor(limits).repeat_interleave(widths), False)
        self.numbers = Numbers(fields) if any(field.values for field in fields) else None
        self.weight = nn.Parameter(torch.empty(sum(sizes), dim))
        with torch.no_grad():
            nn.init.normal_(self.weight, std=std)
            for start in starts:
                self.weight[[start + PADDING, start + UNSEEN]] = 0.0

    def rows(self, ids: Tensor) -> Tensor:
        """Return the table row of every id, `(batch, columns)`."""
        if ids.shape[1:] != self.limits.shape:
            raise ValueError(
                f"ids have shape {tuple(ids.shape)}; expected (batch, {len(self.limits)})"
            )
        outside = (ids < 0) | (ids >= self.limits)
        if outside.any():
            self._refuse(ids, outside)
        return self.places(ids)

    def places(self, ids: Tensor) -> Tensor:
        """Return the table row of every id, `(batch, columns)`, without asking for its range."""
        return (ids if self.numbers is None else self.numbers.rows(ids)) + self.columns

    def forward(self, ids: Tensor) -> Tensor:
        return self.look_up(ids)

    def look_up(self, ids: Tensor) -> Tensor:
        """Return the vectors of all fields; the one place where training reads the weights."""
        return self.read(self.rows(ids), ids)

    def read(self, rows: Tensor, ids: Tensor) -> Tensor:
        """Return the vectors of all fields from the table's rows of all columns."""
        vectors = F.embedding(rows, self.weight)
        if self.numbers is not None:
            vectors = vectors * self.numbers.factors(ids).unsqueeze(-1).to(vectors.dtype)
        return self.pool(vectors, ids)

    def pool(self, vectors: Tensor, ids: Tensor) -> Tensor:
        """Average the columns of each multi-valued field: `(batch, columns, dim)` to fields."""
        if len(self.fields) == ids.shape[1]:
            return vectors
        pooled = []
        for field, own in zip(self.fields, columns(self.fields), strict=True):
            part = vectors[:, own]
            if field.width > 1:
                present = (ids[:, own] != PADDING).unsqueeze(-1)
                total = (part * present).sum(1, keepdim=True)
                part = total / present.sum(1, keepdim=True).clamp(min=1)
            pooled.append(part)
        return torch.cat(pooled, 1)

    def _refuse(self, ids: Tensor, outside: Tensor) -> None:
        row, column = outside.nonzero()[0].tolist()
        name = owners(self.fields)[column].name
        raise IdOutOfRange(
            f"field {name!r} has id {ids[row, column].item()} in row {row}; "
            f"expected 0 to {self.limits[column].item() - 1}"
        )


class FieldEmbedding(FieldTable):
    """A vector for every id, `(batch, columns)` to `(batch, fields, dim)`.

    Vectors start as draws from N(0, 0.01²), whatever the size of the vocabulary. Xavier's bound
    over the whole table would shrink with the number of users, so that the same movies would start
    elsewhere in a larger dataset; and since a pairwise term is a product of two vectors, most rows
    being rare, what a rare row keeps of its start is noise in every prediction that reads it.
    """

    def __init__(self, fields: Sequence[Field], embed_dim: int) -> None:
        check_width("embed_dim", embed_dim)
        super().__init__(fields, embed_dim, std=0.01)
