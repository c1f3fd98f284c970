"""Fields taken as numbers: one weight row for all of their bins, times what the bin stands for."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field


class Numbers(nn.Module):
    """All bins of a number read one weight row, and each multiplies it by what it stands for.

    An id of any other field reads its own row, times one.
    """

    last: Tensor
    """The last row of each column's field, which all bins of a number share, `(columns,)`."""
    most: Tensor
    """The highest id of each column that is a number, 0 for all others, `(columns,)`."""
    starts: Tensor
    """Where the factors of each column begin, `(columns,)`; at 0 stands the one of the others."""
    values: Tensor
    """One, and then the factors of the ids of each number, end to end; float64."""

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        values, last, most, starts = [1.0], [], [], []
        for field in fields:
            last += [field.rows - 1] * field.width
            most += [field.cardinality - 1 if field.values else 0] * field.width
            starts += [len(values) if field.values else 0] * field.width
            values += field.factors
        for name, of_column in (("last", last), ("most", most), ("starts", starts)):
            self.register_buffer(name, torch.tensor(of_column), persistent=False)
        self.register_buffer("values", torch.tensor(values, dtype=torch.float64), persistent=False)

    def rows(self, ids: Tensor) -> Tensor:
        """Return the row within its field of every id, `(batch, columns)`."""
        return torch.minimum(ids, self.last)

    def factors(self, ids: Tensor) -> Tensor:
        """Return what the row of every id is multiplied by, `(batch, columns)`."""
        return self.values[torch.minimum(ids, self.most) + self.starts]
