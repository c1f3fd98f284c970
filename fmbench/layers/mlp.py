"""The deep part that the models share."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn

from fmbench.layers.check import check_share, check_widths, check_word

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "prelu": nn.PReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
SATURATING = ("tanh", "sigmoid")


def hidden_layers(
    inputs: int,
    mlp_dims: Sequence[int],
    dropout: float,
    batch_norm: bool,
    *,
    activation: str = "relu",
    layer_norm: bool = False,
) -> nn.Sequential:
    """Build Linear, a norm if wanted, activation and Dropout for each of `mlp_dims`.

    They take `(batch, inputs)` to `(batch, mlp_dims[-1])`.

    Weights start as He et al. (2015) have it for ReLU, so that the variance of the activations
    does not depend on the width; before tanh and sigmoid as Glorot and Bengio (2010) have it. The
    linear layers before a BatchNorm have no bias, since it would be subtracted at once (Ioffe and
    Szegedy, 2015); nor does the scale of the embeddings get past it, and with the scale goes all
    that an L2 penalty on them does. LayerNorm (Ba et al., 2016) takes the place of BatchNorm where
    both are asked for.
    """
    check_widths("mlp_dims", mlp_dims)
    check_share("dropout", dropout)
    check_word("activation", activation, ACTIVATIONS)
    layers = nn.Sequential()
    centred = batch_norm and not layer_norm
    for width, following in pairwise([inputs, *mlp_dims]):
        linear = nn.Linear(width, following, bias=not centred)
        if activation in SATURATING:
            nn.init.xavier_normal_(linear.weight)
        else:
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        if linear.bias is not None:
            nn.init.zeros_(linear.bias)
        norm: list[nn.Module] = [nn.BatchNorm1d(following)] if centred else []
        norm += [nn.LayerNorm(following)] if layer_norm else []
        layers.extend([linear, *norm, ACTIVATIONS[activation](), nn.Dropout(dropout)])
    return layers


class MLP(nn.Module):
    """The `hidden_layers`, then one output.

    The output's variance starts as that of the last activations (LeCun et al., 1998). At zero it
    would hand no gradient down, and the first ones, however small, are steps of full size to Adam.

    **Shape**: `(batch, inputs)` to `(batch,)`.
    """

    def __init__(
        self,
        inputs: int,
        mlp_dims: Sequence[int],
        dropout: float,
        batch_norm: bool,
        *,
        activation: str = "relu",
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        self.hidden = hidden_layers(
            inputs, mlp_dims, dropout, batch_norm, activation=activation, layer_norm=layer_norm
        )
        self.output = nn.Linear(mlp_dims[-1], 1)
        nn.init.normal_(self.output.weight, std=mlp_dims[-1] ** -0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.output(self.hidden(x)).squeeze(1)
        return logits
