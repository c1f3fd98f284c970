"""Circular convolution: a product of two vectors that is a vector of the same width."""

import torch
from torch import Tensor


def circular_convolution(left: Tensor, right: Tensor) -> Tensor:
    """Return Σ_i a_i b_{(k - i) mod dim} for every k, of vectors in the last dimension.

    By slices of b, backwards and twice: exact for whole numbers, as a Fourier transform is not.

    **Shape**: twice `(..., dim)` to `(..., dim)`.
    """
    dim = right.shape[-1]
    backwards = [right[..., i : i + 1] for i in reversed(range(dim))]
    twice = torch.cat([*backwards, *backwards], -1)
    starts = range(dim - 1, -1, -1)
    return torch.stack([(left * twice[..., s : s + dim]).sum(-1) for s in starts], -1)


def circular_sum(vectors: Tensor) -> Tensor:
    """Return the sum of the convolutions of all pairs (Tay et al., 2019), linear in the fields.

    As with FM it is half of what the sum of all vectors has with itself, less what each has.

    **Shape**: `(batch, fields, dim)` to `(batch, dim)`.
    """
    total = vectors.sum(1)
    own = circular_convolution(vectors, vectors).sum(1)
    return 0.5 * (circular_convolution(total, total) - own)
