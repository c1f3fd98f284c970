"""Priors on the embedding rows, as a penalty computed on the rows that a batch reads."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING
from fmbench.layers import FieldDeviation, FieldTable, LinearTable
from fmbench.spec import TrainSpec
from fmbench.training.batches import Source


class Shrinkage:
    """The penalty ``lambda/2n * sum_r |w_r|^2`` over all rows of all shared tables.

    That is a Gaussian prior of precision lambda on every weight, in the units of scikit-learn's
    1/C. A row that occurs c times among the n training rows carries 1/c of its penalty in each
    occurrence, so that a batch's mean is the whole penalty in expectation, while rows that no
    batch reads cost nothing. Rarely seen rows are thus pulled back as hard at each sight as their
    little evidence deserves.

    Where a table's weights have deviations, these carry ``lambda/2 s^2 - log |s|`` each: with the
    penalty of the means that is the divergence of the posterior from the prior, but for a constant.
    """

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec) -> None:
        tables = [module for module in model.modules() if isinstance(module, FieldTable)]
        self._terms: list[tuple[FieldTable, Tensor]] = []
        self._deviations: list[tuple[FieldTable, Tensor]] = []
        for table, precision in zip(tables, precisions(model, tables, spec), strict=True):
            if not precision:
                continue
            shares = inverse_counts(table, train)
            self._terms.append((table, precision / 2 * shares))
            if isinstance(table, FieldDeviation):
                self._deviations.append((table, shares))

    def __call__(self, ids: Tensor) -> Tensor | float:
        """Return the penalty's estimate from a batch, `(batch, columns)`."""
        total: Tensor | float = 0.0
        for table, shares in self._terms:
            rows = table.places(ids)
            squares = F.embedding(rows, table.weight).square().sum(2)
            total = total + (squares * shares[rows]).sum() / len(ids)
        for table, shares in self._deviations:
            rows = table.places(ids)
            # The deviation of padding is 0, which has no logarithm.
            sizes = F.embedding(rows, table.weight).abs().clamp(min=1e-30)
            total = total - (sizes.log().sum(2) * shares[rows]).sum() / len(ids)
        return total


def precisions(model: nn.Module, tables: Sequence[FieldTable], spec: TrainSpec) -> list[float]:
    """Return the prior precision of each table's weights."""
    linear = {
        part
        for module in model.modules()
        if isinstance(module, LinearTable)
        for part in module.modules()
    }
    return [spec.l2_linear if table in linear else spec.l2_embedding for table in tables]


def deviations(model: nn.Module, spec: TrainSpec) -> dict[FieldDeviation, float]:
    """Return the tables of deviations that have a prior, and its precision."""
    tables = [module for module in model.modules() if isinstance(module, FieldDeviation)]
    pairs = zip(tables, precisions(model, tables, spec), strict=True)
    return {table: precision for table, precision in pairs if precision}


def begin_at_the_prior(model: nn.Module, spec: TrainSpec) -> None:
    """Set deviations to those of the prior, which is all that is known before the first row."""
    for table, precision in deviations(model, spec).items():
        table.begin(precision**-0.5)


def inverse_counts(table: FieldTable, train: Source) -> Tensor:
    """Return 1/c for every row of a table, `(rows,)`; 0 for padding, which has no penalty.

    Raises:
        IdOutOfRange: An id is outside its field.
    """
    total = torch.zeros(len(table.weight), dtype=torch.int64, device=train.device)
    for part in train.parts():
        rows = table.rows(part.ids)[part.ids != PADDING]
        total += torch.bincount(rows, minlength=len(total))
    counts = total.to(table.weight.dtype)
    return torch.where(counts > 0, 1 / counts.clamp(min=1), 0.0)
