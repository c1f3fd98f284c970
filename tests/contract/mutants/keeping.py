"""Bugs in what a model that is built keeps."""

import torch
from torch import Tensor
from torch.nn import functional as F

from . import Sound, mutant


@mutant("copies", "a copy does not read its own weights")
class Enclosing(Sound):
    """Keeps a function that holds on to the weights of the one that it was made in."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.score = lambda ids: Sound.forward(self, ids)

    def forward(self, ids: Tensor) -> Tensor:
        return self.score(ids)


@mutant("state", "a model with another's weights gives other logits (row 0")
class Forgetful(Sound):
    """Draws a number that is no part of its state."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.secret = float(torch.randn(()))

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + F.softplus(torch.tensor(self.secret))


@mutant("state", "; not in its state_dict, and changed: centre")
class Centring(Sound):
    """Moves an average along in training, in a buffer that is not saved."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.register_buffer("centre", torch.zeros(()), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        if self.training:
            self.centre.lerp_(logits.detach().mean(), 0.1)
        return logits - self.centre


@mutant("state", "not in its state_dict, and changed: heat")
class Cooling(Sound):
    """Cools down in training, in a plain number."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.heat = 1.0

    def forward(self, ids: Tensor) -> Tensor:
        if self.training:
            self.heat *= 0.99
        return super().forward(ids) / self.heat
