"""Squeeze and excitation: fields that weigh one another by their means."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width


class SqueezeExcitation(nn.Module):
    """Vectors times relu(W2 relu(W1 z)), a weight a field, with z_f = mean(v_f).

    The hidden layer has a unit for every `reduction` fields, rounded up (Huang et al., 2019).
    Weights start as He et al. (2015) have it, those of W2 without their sign: what the hidden layer
    hands on is positive, and of a field that it lowers alone nothing would be left in any row.

    **Shape**: `(batch, fields, dim)` to the same.
    """

    def __init__(self, fields: int, reduction: int) -> None:
        check_width("reduction", reduction)
        super().__init__()
        squeezed = -(-fields // reduction)
        self.squeeze = nn.Linear(fields, squeezed, bias=False)
        self.excite = nn.Linear(squeezed, fields, bias=False)
        for layer in (self.squeeze, self.excite):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        with torch.no_grad():
            self.excite.weight.abs_()

    def forward(self, vectors: Tensor) -> Tensor:
        weights = torch.relu(self.excite(torch.relu(self.squeeze(vectors.mean(2)))))
        return vectors * weights.unsqueeze(2)
