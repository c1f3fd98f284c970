"""Models with one planted bug each, of the kinds that are found in the wild.

A contract is worth what it catches: each check must find its mutants, and the models that are
sound must pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import FieldEmbedding, FieldLinear


@dataclass(frozen=True)
class Mutant:
    """A broken model and the one check that finds it."""

    model: type[nn.Module]
    check: str
    words: str
    """What the message must say."""

    def __str__(self) -> str:
        return f"{self.check}-{self.model.__name__}"


MUTANTS: list[Mutant] = []


def mutant(check: str, words: str) -> Callable[[type[nn.Module]], type[nn.Module]]:
    """Return a decorator that plants a model."""

    def plant(model: type[nn.Module]) -> type[nn.Module]:
        MUTANTS.append(Mutant(model, check, words))
        return model

    return plant


class Sound(nn.Module):
    """What the broken ones would be if each were not broken in one way."""

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 4) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return self.linear(ids) + (vectors[:, 0] * vectors[:, 1:].sum(1)).sum(1)


class OwnTable(nn.Module):
    """A sound model that has its own table, one row an id of each column, and its own bounds."""

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 4) -> None:
        super().__init__()
        sizes = torch.tensor([f.cardinality for f in fields for _ in range(f.width)])
        self.register_buffer("sizes", sizes)
        self.register_buffer("starts", sizes.cumsum(0) - sizes)
        self.weight = nn.Parameter(0.01 * torch.randn(int(sizes.sum()), embed_dim))

    def check(self, ids: Tensor) -> None:
        if ((ids < 0) | (ids >= self.sizes)).any():
            raise IndexError("an id is outside its field")

    def vectors(self, ids: Tensor) -> Tensor:
        return self.weight[ids + self.starts]

    def forward(self, ids: Tensor) -> Tensor:
        self.check(ids)
        vectors = self.vectors(ids)
        return vectors.sum((1, 2)) + (vectors[:, 0] * vectors[:, 1]).sum(1)


from . import building, keeping, learning, reading, scoring  # noqa: E402, F401  they plant into the list above
