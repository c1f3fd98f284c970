"""A model, some rows and their labels: what the checks look at, the same every time."""

from typing import Any

import torch
from torch import Tensor, nn

from fmbench.fields import FIRST_VALUE, Field, owners
from fmbench.models import create_model
from fmbench.training.loss import loss as mean_loss

FIELDS = (Field("user", 50), Field("movie", 20), Field("genres", 12, width=3))
ROWS = 64
COLUMNS = tuple(owners(FIELDS))
"""The field of each column."""


def model(name: str, seed: int = 0, std: float = 0.05, **args: Any) -> nn.Module:
    """Build a model and move every weight, as what starts at zero passes no gradient on."""
    torch.manual_seed(seed)
    built = create_model(name, FIELDS, **args)
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=std)
    return built


def ids(rows: int = ROWS) -> Tensor:
    """Draw ids, `(rows, columns)`, none of them padding or unseen."""
    generator = torch.Generator().manual_seed(0)
    drawn = [
        torch.randint(FIRST_VALUE, field.cardinality, (rows, 1), generator=generator)
        for field in COLUMNS
    ]
    return torch.cat(drawn, 1)


def loss(model: nn.Module, ids: Tensor) -> Tensor:
    """Return the mean loss of a model on rows of which every third is positive."""
    logits = model(ids)
    labels = (torch.arange(len(ids)) % 3 == 0).to(logits.dtype)
    return mean_loss(logits, labels)


def same(one: nn.Module, other: nn.Module) -> str | None:
    """Return the first tensor in which two models' states differ, if there is one."""
    theirs = other.state_dict()
    for name, value in one.state_dict().items():
        if name not in theirs or not torch.equal(value, theirs[name]):
            return name
    return None


def shown(row: int, of: Tensor) -> str:
    """Return a row for a message."""
    return f"row {row}, ids {of[row].tolist()}"
