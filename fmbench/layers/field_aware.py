"""Field-aware vectors: one of an id's vectors for each field that it meets."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers.check import check_width
from fmbench.layers.embedding import FieldEmbedding


class FieldAwareEmbedding(nn.Module):
    """A vector for every id and every field (Juan et al., 2016), in one table of wide rows.

    Element [f, g] of a row is v_{f→g}, the vector by which field f acts on field g. Those of a
    field for itself are there too, where few models read them.

    **Shape**: `(batch, columns)` to `(batch, fields, fields, dim)`.
    """

    def __init__(self, fields: Sequence[Field], embed_dim: int) -> None:
        check_width("embed_dim", embed_dim)
        super().__init__()
        self.shape = (len(fields), embed_dim)
        self.table = FieldEmbedding(fields, len(fields) * embed_dim)

    def forward(self, ids: Tensor) -> Tensor:
        vectors: Tensor = self.table(ids).unflatten(2, self.shape)
        return vectors
