"""Logarithmic neurons: products of powers of the fields, with powers that are learnt."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width

SMALLEST = 1e-5
"""What stands for an element at zero, which has no logarithm."""
LARGEST = 20.0
"""Exponents are cut here: e^20 is half a billion, and float32 ends at e^88."""


class LogarithmicNeurons(nn.Module):
    """Neurons exp(sum_f w_jf ln |v_f|), element by element (Cheng et al., 2020).

    Powers start as draws from N(0, 0.1²), where each neuron is close to one.

    **Shape**: `(batch, fields, dim)` to `(batch, neurons, dim)`.
    """

    def __init__(self, fields: int, neurons: int) -> None:
        check_width("neurons", neurons)
        super().__init__()
        self.powers = nn.Linear(fields, neurons, bias=False)
        nn.init.normal_(self.powers.weight, std=0.1)

    def forward(self, vectors: Tensor) -> Tensor:
        logarithms = vectors.abs().clamp(min=SMALLEST).log()
        exponents = self.powers(logarithms.transpose(1, 2)).transpose(1, 2)
        return torch.exp(exponents.clamp(max=LARGEST))
