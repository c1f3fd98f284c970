"""Bugs in what training needs of a model."""

from typing import Any

import torch
from torch import Tensor, nn

from . import Sound, mutant


@mutant("gradients", "without one: unused")
class Idle(Sound):
    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.unused = nn.Parameter(torch.zeros(3))


@mutant("gradients", "without one: linear.bias, linear.table.weight", also=["slopes"])
class Detached(Sound):
    """Cuts a part off from the loss."""

    def forward(self, ids: Tensor) -> Tensor:
        linear = self.linear(ids)
        return super().forward(ids) - linear + linear.detach()


@mutant("gradients", "not finite: scale", also=["learns"])
class Rooting(Sound):
    """Takes the root of zero: fine forwards, infinite backwards."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + (0 * self.scale).abs().sqrt()


@mutant("slopes", "embedding.weight: ")
class HalfDetached(Sound):
    """Lets only one of two factors learn."""

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return self.linear(ids) + (vectors[:, 0] * vectors[:, 1:].sum(1).detach()).sum(1)


class _Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


@mutant("slopes", "linear.bias: ")
class OwnBackward(Sound):
    """Has a backward pass of its own that forgets a factor."""

    def forward(self, ids: Tensor) -> Tensor:
        return _Doubled.apply(super().forward(ids))


@mutant("local", "embedding: ")
class Decaying(Sound):
    """Pulls on the whole table in every step."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + 1e-4 * self.embedding.weight.square().sum()


@mutant("learns", "only", also=["raw"])
class Timid(Sound):
    """Can say no more than its bound, however long it learns."""

    def forward(self, ids: Tensor) -> Tensor:
        return 0.02 * super().forward(ids).tanh()
