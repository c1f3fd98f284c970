"""What training needs of a model: gradients that are there, true, local and of use."""

import torch
from torch import Tensor, nn

from fmbench.contract import specimen
from fmbench.fields import FIRST_VALUE
from fmbench.layers import FieldTable

STEPS = 100
LEARNT = 0.5
"""Of the first loss, what may be left after a few steps on rows that can be learnt by heart."""
STEP = 1e-7
"""Of a weight, where slopes are measured by differences: float64 leaves them six digits or more,
and hardly any unit of an MLP is that close to where it bends."""
TRIES = 2
"""Directions that a slope is looked at in; a bend on the way spoils one and not both."""


def gradients(name: str) -> str | None:
    """Every parameter gets a gradient."""
    model = specimen.model(name)
    specimen.loss(model, specimen.ids()).backward()
    found = {n: p.grad for n, p in model.named_parameters() if p.requires_grad}
    without = [n for n, grad in found.items() if grad is None or not grad.any()]
    wild = [n for n, grad in found.items() if grad is not None and not grad.isfinite().all()]
    if wild:
        return f"not finite: {', '.join(wild)}"
    return f"without one: {', '.join(without)}" if without else None


def slopes(name: str) -> str | None:
    """Gradients are the slopes of the loss."""
    model, ids = specimen.model(name, std=0.3).double().eval(), specimen.ids(rows=8)
    specimen.loss(model, ids).backward()
    for parameter_name, parameter in model.named_parameters():
        found = [_slopes(model, parameter, ids) for _ in range(TRIES)]
        if all(abs(said - is_) > 1e-4 * abs(is_) + 1e-7 for said, is_ in found):
            said, is_ = found[0]
            return f"{parameter_name}: {said:.4g} in one direction, by differences {is_:.4g}"
    return None


def local(name: str) -> str | None:
    """Rows of a table that a batch does not read get no gradient."""
    model, ids = specimen.model(name), specimen.ids()
    unread = {}
    for column, field in enumerate(specimen.COLUMNS):
        middle = (FIRST_VALUE + field.cardinality) // 2
        ids[:, column] = ids[:, column].clamp(max=middle)
        unread[field.name] = field.cardinality - middle - 1
    specimen.loss(model, ids).backward()
    for path, table in model.named_modules():
        if isinstance(table, FieldTable | nn.Embedding) and table.weight.grad is not None:
            still = int((~table.weight.grad.any(1)).sum())
            if len(table.weight) >= sum(unread.values()) > still:
                return f"{path}: {sum(unread.values())} rows are not read, {still} get no gradient"
    return None


def learns(name: str) -> str | None:
    """A few rows can be learnt by heart."""
    model, ids = specimen.model(name), specimen.ids()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    first = specimen.loss(model.eval(), ids).item()
    model.train()
    for _ in range(STEPS):
        optimizer.zero_grad()
        specimen.loss(model, ids).backward()
        optimizer.step()
    last = specimen.loss(model.eval(), ids).item()
    return None if last < LEARNT * first else f"loss {first:.3f} falls to {last:.3f} only"


CHECKS = (gradients, slopes, local, learns)


@torch.no_grad()
def _slopes(model: nn.Module, parameter: Tensor, ids: Tensor) -> tuple[float, float]:
    """Return the slope along a random direction, by the gradient and by central differences."""
    direction = torch.randn_like(parameter)
    gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    losses = []
    for step in (STEP, -2 * STEP):
        parameter.add_(direction, alpha=step)
        losses.append(specimen.loss(model, ids).item())
    parameter.add_(direction, alpha=STEP)
    return (gradient * direction).sum().item(), (losses[0] - losses[1]) / (2 * STEP)
