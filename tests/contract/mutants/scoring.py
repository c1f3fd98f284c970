"""Bugs in how a model scores."""

import os
import sys
import warnings

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING, UNSEEN
from fmbench.layers import Heads

from . import OwnTable, Sound, mutant


@mutant("logits", "64 rows in evaluation give torch.float32 of shape (64, 1)")
class Shaped(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids)[:, None]


@mutant("logits", "1 rows in evaluation give torch.float32 of shape ()")
class Squeezing(Sound):
    """Loses the row when there is but one."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids)[:, None].squeeze()


@mutant("logits", "3 rows in training: RuntimeError at scoring.py")
class Paired(Sound):
    """Takes its training rows two by two."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits.view(-1, 2).flatten() if self.training else logits


@mutant("logits", "64 rows in evaluation: IndexError at scoring.py")
class Short(Sound):
    """Has a table of one row less than there are ids, as torch finds out."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.short = nn.Embedding(fields[0].cardinality - 1, 1)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.short(ids[:, 0]).squeeze(1)


@mutant("logits", "64 rows in evaluation give a dict")
class Naming(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return {"logits": super().forward(ids)}


@mutant("logits", "64 rows in evaluation give a cost 'apart' that is not one finite number")
class Costly(Sound):
    """Has a cost for every row and leaves the mean to others."""

    def forward(self, ids: Tensor) -> Heads:
        score = super().forward(ids)
        return Heads(score, costs={"apart": (score.square(), 0.1)})


@mutant("logits", "of shape (64, 1) for the prediction 'other'")
class Beside(Sound):
    """Has a second prediction that is a column."""

    def forward(self, ids: Tensor) -> Heads:
        score = super().forward(ids)
        return Heads(score, {"other": (score[:, None], 1.0)})


@mutant("logits", "no gradient flows back from them")
class Rebuilding(Sound):
    """Makes a tensor of numbers, which have forgotten where they come from."""

    def forward(self, ids: Tensor) -> Tensor:
        return torch.tensor(super().forward(ids).tolist())


@mutant("logits", "300 rows in evaluation: RuntimeError at scoring.py")
class Sized(Sound):
    """Has room for so many rows."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + torch.zeros(128)[: len(ids)]


@mutant("logits", "not finite (row ")
class Dividing(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) / (ids[:, 0] != 5)


@mutant("strided", "view size is not compatible")
class Viewing(Sound):
    """Takes for granted how ids lie in memory."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids.view(-1).view(ids.shape))


@mutant("large", "are not (row ")
class Exploding(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) * self.embedding(ids).square().sum((1, 2)).exp()


@mutant("rows", "when rows come alone (row ")
class Gossiping(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits - logits.mean()


@mutant("rows", "when rows come alone (row ")
class AttendingToRows(Sound):
    """A softmax over the wrong dimension."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits * (1 + logits.softmax(0))


@mutant("rows", "when rows come alone (row 65, ")
class Stopping(Sound):
    """Scores the first rows and leaves the others at zero."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) * (torch.arange(len(ids)) < 64)


@mutant("pure", "it changes norm.running_mean")
class BatchStatistics(Sound):
    """Normalises by the batch in evaluation, too."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.norm = nn.BatchNorm1d(1)

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return self.norm.train(len(ids) > 1)(logits[:, None]).squeeze(1)


@mutant(
    "steady",
    "in row 0, ids [48, 14, 5, 11, 8, 9]; not in its state_dict, and changed: calls",
)
class Tiring(Sound):
    """Counts its calls, and scores every hundredth otherwise."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.calls = 0

    def forward(self, ids: Tensor) -> Tensor:
        self.calls += 1
        return super().forward(ids) * (1.0 if self.calls % 100 else 0.5)


@mutant("pure", "it draws random numbers")
class AlwaysDropping(Sound):
    """Drops units in evaluation, too."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + F.dropout(self.embedding(ids), 0.5).sum((1, 2))


@mutant("pure", "it changes the ids")
class Shifting(OwnTable):
    """Adds its offsets to the ids of its caller."""

    def vectors(self, ids: Tensor) -> Tensor:
        ids += self.starts
        return self.weight[ids]


@mutant("pure", "it changes the ids")
class Rewriting(Sound):
    """Turns padding into "unseen", in the ids of its caller."""

    def forward(self, ids: Tensor) -> Tensor:
        ids[ids == PADDING] = UNSEEN
        return super().forward(ids)


@mutant("pure", "it changes calls")
class Counting(Sound):
    """Notes in its state how often it was called."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, ids: Tensor) -> Tensor:
        self.calls += 1
        return super().forward(ids)


@mutant("pure", "it draws random numbers")
class Drawing(Sound):
    """Takes numbers from the stream that the next epoch's dropout is drawn from."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + 0 * torch.rand(())


@mutant("quiet", "it prints 'shape")
class Printing(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        sys.stdout.write(f"shape {ids.shape}\n")
        return super().forward(ids)


@mutant("quiet", "it prints 'native")
class PrintingBelow(Sound):
    """Prints as compiled code does, past Python."""

    def forward(self, ids: Tensor) -> Tensor:
        os.write(1, b"native\n")
        return super().forward(ids)


@mutant("quiet", "it warns: use another")
class Warning(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        warnings.warn("use another", stacklevel=1)
        return super().forward(ids)


@mutant("precision", "float64 weights give logits in torch.float32")
class SinglePrecision(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids).float()


@mutant("precision", "rounded on the way: linear.bias, ")
class Rounding(Sound):
    """Computes in float32 and does not say so."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits.float().to(logits.dtype)


@mutant(
    "precision", "rounded on the way: embedding.weight; expected no float(), half() or autocast"
)
class RoundingPart(Sound):
    """Computes one of its parts in float32."""

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + self.embedding(ids).float().prod(1).sum(1)


@mutant(
    "precision", "rounded on the way: embedding.weight; expected no float(), half() or autocast"
)
class HalvingPart(Sound):
    """Computes one of its parts in float16, whatever its weights are in."""

    def forward(self, ids: Tensor) -> Tensor:
        linear = self.linear(ids)
        return linear + self.embedding(ids).half().to(linear.dtype).prod(1).sum(1)


@mutant("precision", "differ by")
class HalfPrecision(Sound):
    """Loses digits only where they were fewer anyway."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits.bfloat16().float() if logits.dtype == torch.float32 else logits
