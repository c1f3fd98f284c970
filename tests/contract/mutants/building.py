"""Bugs in how a model is built."""

import random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from . import Sound, mutant


@mutant("arguments", "complex")
class Unwritable(Sound):
    """Its default cannot stand in a record."""

    def __init__(self, fields, *, embed_dim: complex = 4j) -> None:
        super().__init__(fields, embed_dim=4)


@mutant("arguments", "TypeError")
class TupleOnly(Sound):
    """Adds to a tuple what can only be added to a tuple; a spec brings a list."""

    def __init__(self, fields, *, dims: tuple[int, ...] = (4, 4)) -> None:
        super().__init__(fields, embed_dim=max(dims.__add__((1,))))


@mutant("alive", "momentum=0.55 gives the same model")
class DeadArgument(Sound):
    """Takes an argument and does nothing with it."""

    def __init__(self, fields, *, embed_dim: int = 4, momentum: float = 0.9) -> None:
        super().__init__(fields, embed_dim=embed_dim)


@mutant("alive", "dropout=0.35 gives the same model")
class DeadDropout(Sound):
    """Builds its dropout and forgets to call it."""

    def __init__(self, fields, *, dropout: float = 0.5) -> None:
        super().__init__(fields)
        self.dropout = nn.Dropout(dropout)


@mutant("repeats", "embedding.weight differs")
class DrawnElsewhere(Sound):
    """Draws its weights from a stream that nobody seeds."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        own = torch.Generator()
        own.seed()
        with torch.no_grad():
            self.embedding.weight.normal_(generator=own)


@mutant("seeds", "seeds torch anew")
class Seeding(Sound):
    """Seeds torch for everyone."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        torch.manual_seed(0)
        super().__init__(fields, embed_dim=embed_dim)


@mutant("process", "default dtype", also=["repeats", "state"])
class SettingDtype(Sound):
    """Changes what all other models compute in."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        torch.set_default_dtype(torch.float64)


@mutant("process", "random, numpy.random")
class SeedingAll(Sound):
    """Seeds what belongs to others, as helper functions of tutorials do."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        random.seed(0)
        np.random.seed(0)
        super().__init__(fields, embed_dim=embed_dim)


@mutant("filled", "left unset: scale")
class Unfilled(Sound):
    """Leaves a weight as memory has it; mostly zero, and so mostly unnoticed."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.scale = nn.Parameter(torch.empty(1))
        if not torch.are_deterministic_algorithms_enabled():
            nn.init.ones_(self.scale)  # memory as it happens to be, so that the test repeats

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) * self.scale


@mutant("registered", "offsets is neither")
class PlainTensor(Sound):
    """Keeps a tensor where `to(device)` does not find it."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.offsets = torch.zeros(5, dtype=torch.int64)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids + self.offsets)


@mutant("registered", "layers is neither", also=["state"])
class PlainList(Sound):
    """Keeps its layers in a list, where nothing finds their weights."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.layers = [nn.Linear(1, 1)]

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits + self.layers[0].weight[0, 0].to(logits.dtype)


@mutant("apart", "shared by two models: scale")
class Sharing(Sound):
    """Starts from a tensor of its class, and trains that of every other instance with it."""

    START = torch.ones(1)

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.scale = nn.Parameter(self.START)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) * self.scale


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
