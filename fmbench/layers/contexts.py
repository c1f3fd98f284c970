"""Contexts: vectors of the fields by which a model tells one kind of row from another."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field, Role
from fmbench.layers.batch import Batch
from fmbench.layers.embedding import FieldEmbedding


class RoleContexts(nn.Module):
    """A vector for each of some roles: that of the role's first field, from a table of its own.

    For a role that no field has it is one vector for all rows, which is learnt.

    **Shape**: `(batch, columns)` to a list of `(batch, dim)` or `(1, dim)`.
    """

    def __init__(self, fields: Sequence[Field], dim: int, roles: Sequence[Role]) -> None:
        super().__init__()
        known = [field.role for field in fields]
        self.places = [known.index(role) if role in known else None for role in roles]
        self.table = FieldEmbedding(fields, dim) if set(self.places) != {None} else None
        self.constants = nn.ParameterList(
            torch.randn(1, dim) * 0.01 for place in self.places if place is None
        )

    def forward(self, x: Batch) -> list[Tensor]:
        vectors, constants = None if self.table is None else self.table(x), iter(self.constants)
        return [
            next(constants) if vectors is None or place is None else vectors[:, place]
            for place in self.places
        ]
