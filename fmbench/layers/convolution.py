"""Convolutions along the fields: filters that are moved from field to field."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width, check_widths

KEPT = 3
"""Numbers that a filter hands on at the least."""
POOLED = 2
"""Neighbouring fields of which a pooled one is the largest."""


def windows(maps: Tensor, height: int, before: int, after: int) -> Tensor:
    """Return what stands under a filter at each of its places, zeros beyond both ends.

    **Shape**: `(batch, fields, dim, maps)` to `(batch, places, dim, height * maps)`.
    """
    batch, fields, *rest = maps.shape
    start, end = maps.new_zeros(batch, before, *rest), maps.new_zeros(batch, after, *rest)
    padded = torch.cat([start, maps, end], 1)
    places = before + fields + after - height + 1
    return torch.cat([padded[:, row : row + places] for row in range(height)], 3)


def largest(maps: Tensor, count: int) -> Tensor:
    """Return the `count` largest numbers along dimension 1, in the order in which they stood.

    Of equal ones, the first.
    """
    order = torch.sort(maps, dim=1, descending=True, stable=True).indices[:, :count].sort(1).values
    return maps.gather(1, order)


class ConvolutionStack(nn.Module):
    """Wide convolutions along the fields, of each element of the vectors apart (Liu et al., 2015).

    Of l layers the i-th keeps the (1 - (i / l)^(l - i)) F largest numbers that each filter finds,
    the last one, as any at the least, 3; tanh follows. Filters see whatever overlaps the fields.
    Weights start as LeCun et al. (1998) have it.

    **Shape**: `(batch, fields, dim)` to `(batch, outputs)`.
    """

    def __init__(self, fields: int, dim: int, conv_dims: Sequence[int], height: int) -> None:
        check_widths("conv_dims", conv_dims)
        check_width("conv_height", height)
        super().__init__()
        self.height, self.kept, self.weights = height, [], nn.ParameterList()
        layers, length = len(conv_dims), fields
        for i, (maps, following) in enumerate(pairwise([1, *conv_dims]), start=1):
            share = 1 - (i / layers) ** (layers - i)  # 0 for the last
            length = min(length + height - 1, max(KEPT, int(share * fields)))
            self.kept.append(length)
            inputs = height * maps
            self.weights.append(torch.randn(dim, inputs, following) * inputs**-0.5)
        self.outputs = length * dim * conv_dims[-1]

    def forward(self, vectors: Tensor) -> Tensor:
        maps, beyond = vectors.unsqueeze(3), self.height - 1
        for weight, kept in zip(self.weights, self.kept, strict=True):
            seen = windows(maps, self.height, beyond, beyond)
            batch, places, dim, inputs = seen.shape
            by_element = seen.permute(2, 0, 1, 3).reshape(dim, batch * places, inputs)
            found = torch.bmm(by_element, weight).unflatten(1, (batch, places))
            maps = torch.tanh(largest(found.permute(1, 2, 0, 3), kept))
        return maps.flatten(1)


class FeatureGeneration(nn.Module):
    """New fields made of neighbouring ones, by one stage after the other (Liu et al., 2019).

    A stage is a convolution with tanh, the larger of every two neighbours, and a map with tanh of
    all that is left to `new` fields for each place left. The next stage goes on from the pooled.
    Weights start as LeCun et al. (1998) have it.

    **Shape**: `(batch, fields, dim)` to `(batch, outputs, dim)`.
    """

    def __init__(
        self, fields: int, dim: int, conv_dims: Sequence[int], height: int, new: int
    ) -> None:
        check_widths("conv_dims", conv_dims)
        check_width("conv_height", height)
        check_width("new_fields", new)
        super().__init__()
        self.height = height
        self.filters, self.mixes, self.outputs = nn.ModuleList(), nn.ModuleList(), 0
        for maps, following in pairwise([1, *conv_dims]):
            fields = -(-fields // POOLED)
            self.outputs += fields * new
            filters = nn.Linear(height * maps, following, bias=False)
            mix = nn.Linear(fields * dim * following, fields * dim * new)
            for layer in (filters, mix):
                nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
            nn.init.zeros_(mix.bias)
            self.filters.append(filters)
            self.mixes.append(mix)

    def forward(self, vectors: Tensor) -> Tensor:
        before = (self.height - 1) // 2
        maps, found = vectors.unsqueeze(3), []
        for filters, mix in zip(self.filters, self.mixes, strict=True):
            seen = windows(maps, self.height, before, self.height - 1 - before)
            bent = torch.tanh(filters(seen))
            places = range(0, bent.shape[1], POOLED)
            maps = torch.stack([bent[:, at : at + POOLED].amax(1) for at in places], 1)
            mixed = torch.tanh(mix(maps.flatten(1)))
            found.append(mixed.unflatten(1, (-1, vectors.shape[2])))
        return torch.cat(found, 1)
