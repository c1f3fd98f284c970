"""Quadratic neurons: layers that multiply what they are given with several maps of it."""

from torch import Tensor, nn

from fmbench.layers.check import check_share, check_width


class QuadraticLayer(nn.Module):
    """A layer that takes x to x + sum_r x ⊙ h_r with [h_1 ‖ …] = relu(Wx + b) (Li et al., 2025).

    BatchNorm stands before the ReLU in the place of b, if it is wanted; Dropout after the ReLU and
    at the end.

    **Shape**: `(batch, inputs)` to `(batch, inputs)`.
    """

    def __init__(self, inputs: int, maps: int, dropout: float, batch_norm: bool) -> None:
        check_width("maps", maps)
        check_share("dropout", dropout)
        super().__init__()
        linear = nn.Linear(inputs, maps * inputs, bias=not batch_norm)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        if linear.bias is not None:
            nn.init.zeros_(linear.bias)
        norm: list[nn.Module] = [nn.BatchNorm1d(maps * inputs)] if batch_norm else []
        self.maps = nn.Sequential(linear, *norm, nn.ReLU(), nn.Dropout(dropout))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        total = self.maps(x).unflatten(1, (-1, x.shape[1])).sum(1)
        out: Tensor = self.dropout(x * total + x)
        return out
