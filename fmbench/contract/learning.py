"""What training needs of a model: gradients that are there, true, local and of use."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fmbench.contract import specimen
from fmbench.layers import FieldTable
from fmbench.training.loss import loss

ROUNDS, STEPS = 10, 10
"""Rounds of training, and steps in each; fewer rounds where the aim is reached sooner."""
LEARNT = 0.5
"""Share of the first loss that may be left after training on rows that can be learnt by heart."""
FAR = 4.0
"""A logit that a sound model reaches soon: data with one positive row in fifty asks for it."""
SEEDS = 4
"""Seeds after which a parameter counts as without a gradient: a bias that a softmax cancels has one
by rounding alone, and for some seeds none."""
FIRST_STEPS = 5
"""Steps in which a parameter must move: behind a factor that starts at zero it has a gradient only
from the second on."""
STEP = 1e-7
"""Step of a weight by which slopes are measured: float64 leaves the differences six digits or more,
and hardly any unit of an MLP is that close to where it bends."""
TRIES, ROWS = 2, 8
"""Times that slopes are measured, and rows of each: a bend on the way spoils one time, not both."""


def gradients(name: str) -> str | None:
    """Every parameter that is not frozen gets a gradient, and moves from where it starts."""
    model = specimen.model(name)
    without = {n for n, p in model.named_parameters() if p.requires_grad}
    for seed in range(SEEDS):
        grads = _gradients(name, seed)
        sparse = [n for n, grad in grads.items() if grad.is_sparse]
        if sparse:
            return f"sparse: {', '.join(sparse)}; expected dense ones (sparse=False)"
        wild = [n for n, grad in grads.items() if not grad.isfinite().all()]
        if wild:
            return f"not finite: {', '.join(wild)}"
        without -= {n for n, grad in grads.items() if grad.any()}
    if without:
        return f"without one: {', '.join(n for n, _ in model.named_parameters() if n in without)}"
    still = _still(name)
    return f"without one where they start: {', '.join(still)}" if still else None


def slopes(name: str) -> str | None:
    """Gradients are the slopes of the loss."""
    model = specimen.model(name, std=0.3).double().eval()
    wrong: list[dict[str, tuple[float, float]]] = []
    for ids in specimen.ids(TRIES * ROWS).split(ROWS):
        model.zero_grad()
        specimen.loss(model, ids).backward()
        found = {n: _slopes(model, p, ids) for n, p in _real(model)}
        wrong.append({n: s for n, s in found.items() if abs(s[0] - s[1]) > 1e-4 * abs(s[1]) + 1e-7})
    for path, (said, is_) in wrong[0].items():
        if all(path in each for each in wrong):
            return f"{path}: {said:.4g} in one direction, by differences {is_:.4g}"
    return None


def local(name: str) -> str | None:
    """Rows of a table that a batch does not read get no gradient."""
    model = specimen.model(name)
    ids = specimen.ids(rows=1).repeat(specimen.ROWS, 1)
    specimen.loss(model, ids).backward()
    sizes = [field.cardinality for field in specimen.FIELDS]
    for path, table in model.named_modules():
        if isinstance(table, FieldTable | nn.Embedding) and table.weight.grad is not None:
            got = int(table.weight.grad.any(1).sum())
            if len(table.weight) in (*sizes, sum(sizes)) and got > ids.shape[1]:
                return f"{path}: {got} rows get a gradient where {ids.shape[1]} are read"
    return None


def raw(name: str) -> str | None:
    """Logits are raw scores: training takes them as far up and down as labels ask."""
    zeros, ones = torch.zeros(specimen.ROWS), torch.ones(specimen.ROWS)
    low = _trained(name, zeros, lambda logits: logits.min() < -FAR).min().item()
    high = _trained(name, ones, lambda logits: logits.max() > FAR).max().item()
    if low < -FAR and high > FAR:
        return None
    return (
        f"trained on rows of one label they stay between {low:.3g} and {high:.3g}; expected "
        "scores without bounds, as the loss takes their sigmoid"
    )


def learns(name: str) -> str | None:
    """A few rows can be learnt by heart."""
    labels = specimen.thirds(specimen.ROWS)
    first = specimen.loss(specimen.model(name).eval(), specimen.ids()).item()

    def last(logits: Tensor) -> float:
        return loss(logits, labels).item()

    end = last(_trained(name, labels, lambda logits: last(logits) < LEARNT * first))
    return None if end < LEARNT * first else f"loss {first:.3f} falls to {end:.3f} only"


CHECKS = (gradients, slopes, local, raw, learns)


def _gradients(name: str, seed: int) -> dict[str, Tensor]:
    """Return the gradients that there are in a model of this seed."""
    model = specimen.model(name, seed)
    specimen.loss(model, specimen.ids()).backward()
    return {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


def _trained(name: str, labels: Tensor, enough: Callable[[Tensor], Any]) -> Tensor:
    """Return the logits of a model that was trained on labels until they are what was asked for."""
    model, ids = specimen.model(name), specimen.ids()
    for _ in range(ROUNDS):
        logits = specimen.scores_of(specimen.train(model, ids, STEPS, labels), ids)
        if enough(logits):
            break
    return logits


def _still(name: str) -> list[str]:
    """Name the parameters that the first steps leave where they were built."""
    model = specimen.model(name, std=0.0)
    start = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    specimen.train(model, specimen.ids(), FIRST_STEPS)
    return [n for n, p in model.named_parameters() if n in start and torch.equal(p, start[n])]


def _real(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the parameters that learn and are not complex: those have no float64 to step in."""
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and not parameter.is_complex():
            yield name, parameter


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
