"""What the micro benchmarks share: KMRD-small's shapes, rows to read, engines to take apart."""

import numpy as np
import torch
from torch import Tensor, nn

from fmbench.engine.engine import Engine
from fmbench.fields import FIRST_VALUE, PADDING, Field
from fmbench.layers import FieldEmbedding
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows

DIM = 16
BATCHES = (16, 256, 2048)
FIELDS = {
    "ids": (Field("user", 44450), Field("movie", 600)),
    "full": (
        Field("user", 44450), Field("movie", 600), Field("hour", 26), Field("weekday", 9),
        Field("month", 14), Field("movie_year", 74), Field("grade", 12), Field("genres", 22, 7),
        Field("countries", 29, 5), Field("cast", 1050, 5), Field("user_year", 63742),
        Field("user_month", 81661), Field("user_day", 95520), Field("movie_age", 16),
    ),
}  # fmt: skip
"""KMRD-small's fields, as `data.fields` names them."""
SPEC = TrainSpec(lr=1e-3)


def draw_rows(fields: tuple[Field, ...], count: int) -> Rows:
    """Draw rows: a few values of a field are frequent, most are rare; a third of a list is void."""
    draw = torch.Generator().manual_seed(0)
    columns = []
    for field in fields:
        for column in range(field.width):
            skewed = torch.rand(count, generator=draw) ** 3 * (field.cardinality - FIRST_VALUE)
            ids = skewed.long() + FIRST_VALUE
            if column:
                ids[torch.rand(count, generator=draw) < 1 / 3] = PADDING
            columns.append(ids)
    labels = (torch.rand(count, generator=draw) < 0.25).float()
    return Rows(torch.stack(columns, 1), labels)


def draw_embedding(fields: tuple[Field, ...]) -> FieldEmbedding:
    """Draw a table whose rows are all far from zero, so that no check passes on nothing."""
    torch.manual_seed(0)
    embedding = FieldEmbedding(fields, DIM)
    with torch.no_grad():
        embedding.weight.normal_(std=0.3)
    return embedding


class Behind(nn.Module):
    """The part to be measured, behind the lookup that the engine traces a model from."""

    def __init__(self, embedding: FieldEmbedding, part: nn.Module) -> None:
        super().__init__()
        self.embedding, self.part = embedding, part

    def forward(self, ids: Tensor) -> Tensor:
        """Return the part's logits."""
        return self.part(self.embedding(ids))


def engine_of(model: nn.Module, rows: Rows, batch: int) -> Engine:
    """Return an engine with a program for batches of this size, and its kernels."""
    engine = Engine(model, rows, TrainSpec(lr=SPEC.lr, batch_size=batch), key=0)
    assert engine.path == "native"
    return engine


def naive_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log-likelihood by its definition, in float64."""
    chances = 1 / (1 + np.exp(-logits))
    return float(-np.mean(np.log(np.where(labels == 1, chances, 1 - chances))))
