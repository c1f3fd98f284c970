"""Groups of fields: what they make of one another, and what those of one make of each other."""

from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor, nn

from fmbench.layers.interaction import hadamard_sum


class GroupedPairs(nn.Module):
    """Products of all pairs of fields, weighed by the groups they are of (Chen et al., 2019).

    ``Σ_{m<n} r_mn e_m ⊙ e_n + Σ_m r_mm Σ_{f<g in m} v_f ⊙ v_g``, where e_m is the sum of the
    vectors of group m. Weights start at 1, where that is the sum over all pairs. A group of one
    field has no r_mm.

    **Shape**: `(batch, fields, dim)` to `(batch, dim)`.
    """

    def __init__(self, groups: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.groups = [list(group) for group in groups]
        self.across = list(combinations(range(len(groups)), 2))
        self.within = [m for m, group in enumerate(groups) if len(group) > 1]
        self.weight = nn.Parameter(torch.ones(len(self.across) + len(self.within)))

    def forward(self, vectors: Tensor) -> Tensor:
        members = [torch.stack([vectors[:, f] for f in group], 1) for group in self.groups]
        sums = [each.sum(1) for each in members]
        products = [sums[m] * sums[n] for m, n in self.across]
        products += [hadamard_sum(members[m]) for m in self.within]
        pooled: Tensor = (torch.stack(products, 2) * self.weight).sum(2)
        return pooled
