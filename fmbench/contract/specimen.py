"""A model, some rows and their labels: what the checks look at, the same every time."""

import traceback
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fmbench.fields import FIRST_VALUE, Field, owners
from fmbench.layers import score_of
from fmbench.models import create_model
from fmbench.training.loss import losses

USER, MOVIE = Field("user", 50, role="user"), Field("movie", 20, role="item")
GENRES = Field("genres", 12, width=3)
AGE, PRICE = Field("age", 10, kind="numeric"), Field("price", 14, width=2, kind="numeric")
SIZE = Field("size", 7, kind="numeric", values=(-1.75, -0.5, 0.25, 0.75, 1.25))
FIELDS = (USER, MOVIE, AGE, GENRES)
ROWS = 64
MANY = 300
"""Rows of a large batch, more than the rows that all else is tried on."""
LONGEST = 120
"""Characters of a message that are quoted; torch can say a thousand."""


def model(
    name: str, seed: int = 0, std: float = 0.05, fields: Sequence[Field] = FIELDS, **args: Any
) -> nn.Module:
    """Build a model and move every weight, as what starts at zero passes no gradient on."""
    torch.manual_seed(seed)
    built = create_model(name, fields, **args)
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=std)
    return built


def ids(rows: int = ROWS, fields: Sequence[Field] = FIELDS) -> Tensor:
    """Draw ids, `(rows, columns)`, none of them padding or unseen; fewer are the first of more."""
    generator = torch.Generator().manual_seed(0)
    values = torch.tensor([field.cardinality - FIRST_VALUE for field in owners(fields)])
    share = torch.rand((rows, len(values)), generator=generator, dtype=torch.float64)
    return FIRST_VALUE + (share * values).long()


def thirds(rows: int) -> Tensor:
    """Return labels of which every third is positive."""
    return (torch.arange(rows) % 3 == 0).float()


def loss(model: nn.Module, ids: Tensor, labels: Tensor | None = None) -> Tensor:
    """Return what a model makes small on rows, of which every third is positive unless labelled.

    That is all that its heads ask for in training, and the mean loss of its score in evaluation.
    """
    output = model(ids)
    labels = thirds(len(ids)) if labels is None else labels
    mean, total = losses(output, labels.to(score_of(output).dtype))
    return total if model.training else mean


def scores_of(model: nn.Module, ids: Tensor) -> Tensor:
    """Return the scores that a model gives to rows, alone or as one of its heads."""
    return score_of(model(ids))


def train(model: nn.Module, ids: Tensor, steps: int, labels: Tensor | None = None) -> nn.Module:
    """Take steps on all of some rows at once, and return the model as it then scores."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model, ids, labels).backward()
        optimizer.step()
    return model.eval()


def same(one: nn.Module, other: nn.Module) -> str | None:
    """Return the first tensor in which two models' states differ, if there is one."""
    theirs = other.state_dict()
    for name, value in one.state_dict().items():
        if name not in theirs or not torch.equal(value, theirs[name]):
            return name
    return None


def beside(model: nn.Module) -> dict[str, str]:
    """Return what a model holds beside its state: plain attributes and passing buffers, as text."""
    held = {}
    for path, module in model.named_modules():
        buffers = {key: getattr(module, key) for key in module._non_persistent_buffers_set}
        for key, value in {**vars(module), **buffers}.items():
            if key not in ("_parameters", "_buffers", "_modules", "training"):
                text = repr(value.tolist() if isinstance(value, Tensor) else value)
                held[f"{path}.{key}".strip(".")] = text
    return held


def moved(model: nn.Module, before: dict[str, str]) -> str:
    """Say what a model holds otherwise beside its state by now; empty if there is nothing."""
    names = [key for key, value in beside(model).items() if before.get(key) != value]
    return f"; not in its state_dict, and changed: {', '.join(names)}" if names else ""


def shown(row: int, of: Tensor) -> str:
    """Return a row for a message."""
    return f"row {row}, ids {of[row].tolist()}"


def said(error: Exception) -> str:
    """Return an error in one line, with the place outside torch that it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if not frame.filename.startswith(torch.__path__[0])]
    place = f"{outside[-1].filename.rpartition('/')[2]}:{outside[-1].lineno}"
    text = str(error).partition("\n")[0]
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return f"{type(error).__name__} at {place}: {text}"
