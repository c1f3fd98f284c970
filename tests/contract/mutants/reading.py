"""Bugs in how a model reads ids."""

import torch
from torch import Tensor, nn

from fmbench.fields import PADDING

from . import OwnTable, Sound, mutant


@mutant("empty", "not finite with weights as built: row 1")
class DividingByNothing(Sound):
    """Averages over the values present, of which there may be none."""

    def forward(self, ids: Tensor) -> Tensor:
        present = (ids[:, 3:] > 0).sum(1)
        return super().forward(ids) + ids[:, 3:].sum(1) / present * 1e-3


@mutant("empty", "not finite with weights as built: row 0, ids [1, 1, 1, 1, 1, 1]")
class Cosine(Sound):
    """Divides by the length of a vector; those of unseen ids are zero."""

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return super().forward(ids) + (vectors[:, 0] / vectors[:, 0].norm(dim=1, keepdim=True)).sum(
            1
        )


@mutant("empty", "gradients not finite with weights as built: embedding.weight")
class Length(Sound):
    """Takes the length of a vector as a root, of which the slope at zero is infinite."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.embedding(ids).square().sum((1, 2)).sqrt()


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
        return self.vectors(ids)[:, [0, 2, 3, 4, 5]].sum((1, 2))


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


@mutant("places", "with fields genres (3), user (1), movie (1): ids 2 and 3 of 'user' (column 3)")
class FieldsForColumns(nn.Module):
    """Takes the number of a field for its column: right where several columns come last."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(f.cardinality, embed_dim) for f in fields)
        self.widths = [field.width for field in fields]

    def forward(self, ids: Tensor) -> Tensor:
        parts = [ids[:, i : i + width] for i, width in enumerate(self.widths)]
        tables = zip(self.tables, parts, strict=True)
        return torch.stack([table(part).sum((1, 2)) for table, part in tables]).sum(0)


@mutant("places", "with fields genres (3), user (1), movie (1): IndexError at __init__.py")
class LastFieldRepeats(OwnTable):
    """Knows that the last field has several columns, as it has in the author's data."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        last = len(fields) - 1
        sizes = [fields[min(i, last)].cardinality for i in range(sum(f.width for f in fields))]
        self.sizes.copy_(torch.tensor(sizes))


@mutant("padding", "padding of 'genres' reads row 79 of weight, as a value does")
class Neighbouring(OwnTable):
    """Reads for padding the row before its field's first, which is another field's last."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        sizes, widths = torch.tensor([(field.cardinality, field.width) for field in fields]).T
        self.starts.copy_((sizes.cumsum(0) - sizes).repeat_interleave(widths))

    def vectors(self, ids: Tensor) -> Tensor:
        return self.weight[ids + self.starts - (ids == PADDING).long()]
