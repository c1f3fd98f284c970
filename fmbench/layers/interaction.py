"""How fields act on one another beyond their sum."""

import torch
from torch import Tensor, nn


class PairwiseInteraction(nn.Module):
    """The sum of the inner products of all pairs of fields (Rendle, 2010).

    ``sum_{f<g} <v_f, v_g> = 1/2 sum_k [(sum_f v_fk)^2 - sum_f v_fk^2]``: linear in the number of
    fields, where the plain sum over pairs is quadratic.

    **Shape**: `(batch, fields, ..., dim)` to `(batch, ...)`.
    """

    def forward(self, vectors: Tensor) -> Tensor:
        total = vectors.sum(1)
        return 0.5 * (total.square() - vectors.square().sum(1)).sum(-1)


def hadamard_sum(vectors: Tensor) -> Tensor:
    """Return the sum of v_f ⊙ v_g over all pairs: `(batch, fields, dim)` to `(batch, dim)`."""
    return 0.5 * (vectors.sum(1).square() - vectors.square().sum(1))


class WeighedFM(nn.Module):
    """An FM whose terms and vectors are multiplied by a weight a field first (Yu et al., 2019).

    ``w0 + sum_f m_f w_f + sum_{f<g} m_f m_g <v_f, v_g>``, of terms w, vectors v and weights m.

    **Shape**: `(batch, fields)`, `(batch, fields, dim)` and `(batch, fields)` to `(batch,)`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(()))
        self.pairwise = PairwiseInteraction()

    def forward(self, terms: Tensor, vectors: Tensor, weights: Tensor) -> Tensor:
        pairs: Tensor = self.pairwise(weights.unsqueeze(2) * vectors)
        return self.bias + (weights * terms).sum(1) + pairs
