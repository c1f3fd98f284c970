"""Hidden layers alone, for models that go on from the last activations."""

from collections.abc import Sequence

from torch import nn

from fmbench.layers.mlp import MLP


class HiddenLayers(nn.Sequential):
    """The layers of an `MLP` up to its last activations, and no output.

    **Shape**: `(batch, inputs)` to `(batch, mlp_dims[-1])`.
    """

    def __init__(
        self, inputs: int, mlp_dims: Sequence[int], dropout: float, batch_norm: bool
    ) -> None:
        super().__init__(*MLP(inputs, mlp_dims, dropout, batch_norm).hidden)
