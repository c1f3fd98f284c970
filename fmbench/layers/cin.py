"""The compressed interaction network: crosses of vectors, element by element."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_widths


class CIN(nn.Module):
    """Maps of weighted products with the fields, each summed over the elements (Lian et al., 2018).

    ``X^k_h = sum_{i,j} W^{k,h}_{ij} (X^{k-1}_i ⊙ X^0_j)``, where X^0 are the fields' vectors. The
    activation is the identity, which the paper finds best. Weights start as LeCun et al. (1998)
    have it.

    **Shape**: `(batch, fields, dim)` to `(batch, sum(cin_dims))`.
    """

    def __init__(self, fields: int, cin_dims: Sequence[int]) -> None:
        check_widths("cin_dims", cin_dims)
        super().__init__()
        self.weights = nn.ParameterList(
            torch.randn(maps, before * fields) * (before * fields) ** -0.5
            for before, maps in pairwise([fields, *cin_dims])
        )

    def forward(self, vectors: Tensor) -> Tensor:
        maps, sums = vectors, []
        for weight in self.weights:
            products = (maps.unsqueeze(2) * vectors.unsqueeze(1)).flatten(1, 2)
            maps = (products.transpose(1, 2) @ weight.T).transpose(1, 2)
            sums.append(maps.sum(2))
        return torch.cat(sums, 1)
