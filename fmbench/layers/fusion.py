"""Fusion: one score of two streams, and of their products."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width


class BilinearFusion(nn.Module):
    """The score b + w1·x + w2·y + sum_h x_hᵀ W_h y_h of two streams in heads (Mao et al., 2023).

    Each of the three terms starts with the variance of what it is given.

    **Shape**: `(batch, left)` and `(batch, right)` to `(batch,)`.

    Raises:
        ValueError: The heads do not divide the streams.
    """

    def __init__(self, left: int, right: int, heads: int) -> None:
        check_width("heads", heads)
        if left % heads or right % heads:
            raise ValueError(
                f"heads is {heads}; expected a divisor of {left} and {right}, which are the widths "
                "of the two streams"
            )
        super().__init__()
        self.left, self.right = nn.Linear(left, 1), nn.Linear(right, 1, bias=False)
        nn.init.normal_(self.left.weight, std=left**-0.5)
        nn.init.zeros_(self.left.bias)
        nn.init.normal_(self.right.weight, std=right**-0.5)
        start = torch.randn(heads, left // heads, right // heads)
        self.weight = nn.Parameter(start * (left * right / heads) ** -0.5)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        heads = len(self.weight)
        left, right = (part.unflatten(1, (heads, -1)).transpose(0, 1) for part in (x, y))
        products = (torch.bmm(left, self.weight) * right).sum((0, 2))
        score: Tensor = (self.left(x) + self.right(y)).squeeze(1) + products
        return score
