"""What pairs of fields weigh: a number, a matrix or a symmetric matrix for each pair."""

import torch
from torch import Tensor, nn

from fmbench.layers.products import both_sides, inner_products, pairs


class WeightedPairs(nn.Module):
    """The sum of r_fg ⟨v_f, v_g⟩ over all pairs, each with its weight (Pan et al., 2018).

    Weights start at 1, where the sum is that of FM.

    **Shape**: `(batch, fields, dim)` to `(batch,)`.
    """

    def __init__(self, fields: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(len(pairs(fields))))

    def forward(self, vectors: Tensor) -> Tensor:
        total: Tensor = (inner_products(vectors) * self.weight).sum(1)
        return total


class MatrixPairs(nn.Module):
    """Products v_fᵀ M_fg v_g of all pairs, with a matrix for each (Sun et al., 2021).

    Matrices start at I, where the sum over pairs is that of FM. With `symmetric`, M = W + Wᵀ as in
    Pande (2020), and W starts at I / 2.

    **Shape**: `(batch, fields, dim)` to `(batch, pairs)`.
    """

    def __init__(self, fields: int, dim: int, *, symmetric: bool = False) -> None:
        super().__init__()
        self.symmetric = symmetric
        start = torch.eye(dim) / (2 if symmetric else 1)
        self.weight = nn.Parameter(start.repeat(len(pairs(fields)), 1, 1))

    def forward(self, vectors: Tensor) -> Tensor:
        left, right = both_sides(vectors)
        matrices = self.weight + self.weight.transpose(1, 2) if self.symmetric else self.weight
        turned = torch.bmm(left.transpose(0, 1), matrices).transpose(0, 1)
        products: Tensor = (turned * right).sum(2)
        return products


class BilinearPairs(nn.Module):
    """Vectors (v_f M_fg) ⊙ v_g of all pairs, with a matrix for each (Huang et al., 2019).

    Matrices start at I, where these are the products of `hadamard_products`.

    **Shape**: `(batch, fields, dim)` to `(batch, pairs, dim)`.
    """

    def __init__(self, fields: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.eye(dim).repeat(len(pairs(fields)), 1, 1))

    def forward(self, vectors: Tensor) -> Tensor:
        left, right = both_sides(vectors)
        return torch.bmm(left.transpose(0, 1), self.weight).transpose(0, 1) * right
