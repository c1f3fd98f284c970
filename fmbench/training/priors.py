"""Priors on the embedding rows, as a penalty computed on the rows that a batch reads."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING
from fmbench.layers import FieldDeviation, FieldTable, GaussianEmbedding, LinearTable
from fmbench.spec import TrainSpec, unit_precision
from fmbench.training.batches import Source


class Prior(NamedTuple):
    """A Gaussian around zero on every weight of a table's rows."""

    precision: float
    """Of a row that training names without end, in the units of scikit-learn's 1/C."""
    rare: float = 0.0
    """Sights of a row at which its precision is twice that; once seen, it is 1 + rare times it."""


class Shrinkage:
    """The penalty ``1/2n * sum_r lambda_r |w_r|^2`` over all rows of all shared tables.

    That is a Gaussian prior of precision lambda_r on every weight of a row. A row that occurs c
    times among the n training rows carries 1/c of its penalty in each occurrence, so that a batch's
    mean is the whole penalty in expectation, while rows that no batch reads cost nothing.

    Vectors have ``lambda_r = lambda (1 + rare/c)``. A product of two vectors that are each fitted
    as a point counts what it owes to chance as if it were known; averaged over what the vectors may
    be, it would be nearer to zero, and the nearer the fewer rows there are to know them from. One
    precision for all rows has to be that of the rarest, and takes the others with it.

    Where a table's weights have deviations, these carry ``lambda/2 s^2 - log |s|`` each: with the
    penalty of the means that is the divergence of the posterior from the prior, but for a constant.
    """

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec) -> None:
        tables = [module for module in model.modules() if isinstance(module, FieldTable)]
        self._terms: list[tuple[FieldTable, Tensor]] = []
        self._deviations: list[tuple[FieldTable, Tensor]] = []
        for table, prior in zip(tables, priors(model, tables, spec), strict=True):
            if not prior.precision:
                continue
            shares = inverse_counts(table, train)
            weights = prior.precision / 2 * shares * (1 + prior.rare * shares)
            self._terms.append((table, weights))
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


def priors(model: nn.Module, tables: Sequence[FieldTable], spec: TrainSpec) -> list[Prior]:
    """Return the prior of each table's weights.

    One whose weights have deviations knows from these how little is known of a rare row.
    """
    parts = list(model.modules())
    linear = _within(part for part in parts if isinstance(part, LinearTable))
    uncertain = _within(part for part in parts if isinstance(part, GaussianEmbedding))
    return [
        Prior(spec.l2_linear)
        if table in linear
        else Prior(_of_vectors(table, spec), 0.0 if table in uncertain else spec.l2_rare)
        for table in tables
    ]


def _of_vectors(table: FieldTable, spec: TrainSpec) -> float:
    """Return the prior precision of a table of vectors."""
    if spec.l2_embedding is not None:
        return spec.l2_embedding
    return unit_precision(table.weight.shape[1], len(table.fields))


def _within(modules: Iterable[nn.Module]) -> set[nn.Module]:
    """Return modules and all that they are made of."""
    return {part for module in modules for part in module.modules()}


def deviations(model: nn.Module, spec: TrainSpec) -> dict[FieldDeviation, float]:
    """Return the tables of deviations that have a prior, and its precision."""
    tables = [module for module in model.modules() if isinstance(module, FieldDeviation)]
    pairs = zip(tables, priors(model, tables, spec), strict=True)
    return {table: prior.precision for table, prior in pairs if prior.precision}


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
