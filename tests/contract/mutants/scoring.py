"""Bugs in how a model scores."""

import sys
import warnings

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING, UNSEEN

from . import OwnTable, Sound, mutant


@mutant("logits", "64 rows give torch.float32 of shape (64, 1)")
class Shaped(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids)[:, None]


@mutant("logits", "1 rows give torch.float32 of shape ()")
class Squeezing(Sound):
    """Loses the row when there is but one."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids)[:, None].squeeze()


@mutant("logits", "RuntimeError at scoring.py")
class Paired(Sound):
    """Takes its training rows two by two."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits.view(-1, 2).flatten() if self.training else logits


@mutant("logits", "not finite (row ")
class Dividing(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) / (ids[:, 0] != 5)


@mutant("strided", "view size is not compatible")
class Viewing(Sound):
    """Takes for granted how ids lie in memory."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids.view(-1).view(ids.shape))


@mutant("raw", "they stay between", also=["learns"])
class Sigmoid(Sound):
    """Gives probabilities, of which the loss takes the sigmoid again."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids).sigmoid()


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


@mutant("rows", "when rows come alone (row ", also=["pure"])
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
    "not in row 0",
    also=["pure", "rows", "state", "copies", "slopes", "strided", "precision"],
)
class AlwaysDropping(Sound):
    """Drops units in evaluation, too."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + F.dropout(self.embedding(ids), 0.5).sum((1, 2))


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


@mutant("quiet", "it warns: use another")
class Warning(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        warnings.warn("use another", stacklevel=1)
        return super().forward(ids)


@mutant("empty", "not finite: row 1")
class DividingByNothing(Sound):
    """Averages over the values present, of which there may be none."""

    def forward(self, ids: Tensor) -> Tensor:
        present = (ids[:, 2:] > 0).sum(1)
        return super().forward(ids) + ids[:, 2:].sum(1) / present * 1e-3


@mutant("bounds", "id 50 of 'user' reads another row")
class Boundless(OwnTable):
    """An id too large reads the next field's first row, and nobody hears of it."""

    def check(self, ids: Tensor) -> None:
        if (ids < 0).any():
            raise IndexError("an id is negative")


@mutant("bounds", "id -1 of 'user' reads another row")
class Wrapping(OwnTable):
    """A negative id counts from the end."""

    def check(self, ids: Tensor) -> None:
        if (ids >= self.sizes).any():
            raise IndexError("an id is too large")


@mutant("fields", "of 'movie' (column 1) give the same logits")
class Dropping(OwnTable):
    """Forgets a field."""

    def forward(self, ids: Tensor) -> Tensor:
        self.check(ids)
        return self.vectors(ids)[:, [0, 2, 3, 4]].sum((1, 2))


@mutant("fields", "of 'user' (column 0) give the same logits")
class Hashing(OwnTable):
    """Has fewer rows than ids, so that some ids share one."""

    def vectors(self, ids: Tensor) -> Tensor:
        return self.weight[ids % 16 + self.starts]


@mutant("fields", "user 2 of movie 3 scores as user 3 of movie 2")
class WithoutOffsets(OwnTable):
    """Reads the same row for the same id of every field: the classic."""

    def vectors(self, ids: Tensor) -> Tensor:
        return self.weight[ids]


@mutant("precision", "float64 weights give logits in torch.float32", also=["slopes"])
class SinglePrecision(Sound):
    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids).float()


@mutant("precision", "rounded on the way", also=["slopes"])
class Rounding(Sound):
    """Computes in float32 and does not say so."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits.float().to(logits.dtype)


@mutant("precision", "differ by")
class HalfPrecision(Sound):
    """Loses digits only where they were fewer anyway."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = super().forward(ids)
        return logits.bfloat16().float() if logits.dtype == torch.float32 else logits
