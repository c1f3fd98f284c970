"""The deep part that the models share."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from fmbench.layers.check import check_share, check_widths


class MLP(nn.Module):
    """Linear, BatchNorm if wanted, ReLU and Dropout for each of `mlp_dims`, then one output.

    Weights start as He et al. (2015) have it for ReLU, so that the variance of the activations
    does not depend on the width. The linear layers before a BatchNorm have no bias, since it would
    be subtracted at once (Ioffe and Szegedy, 2015); nor does the scale of the embeddings get past
    it, and with the scale goes all that an L2 penalty on them does. The output's variance starts as
    that of the last activations (LeCun et al., 1998). At zero it would hand no gradient down, and
    the first ones, however small, are steps of full size to Adam.

    **Shape**: `(batch, inputs)` to `(batch,)`.
    """

    def __init__(
        self, inputs: int, mlp_dims: Sequence[int], dropout: float, batch_norm: bool
    ) -> None:
        check_widths("mlp_dims", mlp_dims)
        check_share("dropout", dropout)
        super().__init__()
        self.hidden = nn.Sequential()
        for width, following in pairwise([inputs, *mlp_dims]):
            linear = nn.Linear(width, following, bias=not batch_norm)
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            if linear.bias is not None:
                nn.init.zeros_(linear.bias)
            norm = [nn.BatchNorm1d(following)] if batch_norm else []
            self.hidden.extend([linear, *norm, nn.ReLU(), nn.Dropout(dropout)])
        self.output = nn.Linear(mlp_dims[-1], 1)
        nn.init.normal_(self.output.weight, std=mlp_dims[-1] ** -0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.output(self.hidden(x)).squeeze(1)
        return logits
