"""Bugs in how a model is built."""

import os
import random

import numpy as np
import torch
from torch import Tensor, nn

from fmbench.layers import FieldEmbedding

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


@mutant("alive", "dropout=0.4 gives the same model")
class DeadRate(Sound):
    """Takes a rate of dropout and drops nothing; half of it and 0.1 more is itself."""

    def __init__(self, fields, *, dropout: float = 0.2) -> None:
        super().__init__(fields)


@mutant("alive", "gives the same model as pooling='mean'")
class DeadWord(Sound):
    """Takes a word, whichever it is, and goes its own way."""

    def __init__(self, fields, *, pooling: str = "mean") -> None:
        super().__init__(fields)


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


@mutant("seeds", "seeds torch anew when it is built")
class Seeding(Sound):
    """Seeds torch for everyone."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        torch.manual_seed(0)
        super().__init__(fields, embed_dim=embed_dim)


@mutant("seeds", "seeds torch anew in training")
class SeedingSteps(Sound):
    """Seeds torch in each step, so that all epochs drop the same units."""

    def forward(self, ids: Tensor) -> Tensor:
        if self.training:
            torch.manual_seed(0)
        return super().forward(ids)


@mutant("process", "default dtype")
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


@mutant("process", "threads, environment, working folder")
class Commanding(Sound):
    """Sets what its author's machine needed, for all that runs after it."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        torch.set_num_threads(torch.get_num_threads() + 1)
        os.environ["OMP_NUM_THREADS"] = "1"
        os.chdir("/")


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
        self.offsets = torch.zeros(1, dtype=torch.int64)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids + self.offsets)


@mutant("registered", "layers is neither")
class PlainList(Sound):
    """Keeps its layers in a list, where nothing finds their weights."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.layers = [nn.Linear(1, 1)]

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits + self.layers[0].weight[0, 0].to(logits.dtype)


@mutant("registered", "penalty keeps the graph of a batch")
class Hoarding(Sound):
    """Adds up a penalty over all batches, and with it what each was computed from."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.penalty = 0.0

    def forward(self, ids: Tensor) -> Tensor:
        self.penalty = self.penalty + self.embedding(ids).square().sum()
        return super().forward(ids)


@mutant("memory", "other.weight are two parameters in one memory")
class Wrapping(Sound):
    """Ties two tables by making a second parameter of the first one's memory."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.other = FieldEmbedding(fields, embed_dim)
        self.other.weight = nn.Parameter(self.embedding.weight)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.other(ids).prod(1).sum(1)


@mutant("memory", "other.weight are two parameters in one memory")
class Pointing(Wrapping):
    """Ties two tables by pointing one at the other's values."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.other = FieldEmbedding(fields, embed_dim)
        self.other.weight.data = self.embedding.weight.data


@mutant("apart", "shared by two models: scale")
class Sharing(Sound):
    """Starts from a tensor of its class, and trains that of every other instance with it."""

    START = torch.ones(1)

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.scale = nn.Parameter(self.START)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) * self.scale
