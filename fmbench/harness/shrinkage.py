"""L2 on embedding rows at the cost of the rows that a batch reads."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING
from fmbench.harness.rows import Source
from fmbench.layers import FieldLinear, FieldTable
from fmbench.spec import TrainSpec


class Shrinkage:
    """The penalty ``lambda/2n * sum_r |w_r|^2`` over all rows of all shared tables.

    That is a Gaussian prior of precision lambda on every weight, in the units of scikit-learn's
    1/C. A row that occurs c times among the n training rows carries 1/c of its penalty in each
    occurrence, so that a batch's mean is the whole penalty in expectation, while rows that no
    batch reads cost nothing. Rarely seen rows are thus pulled back as hard at each sight as their
    little evidence deserves.
    """

    def __init__(self, model: nn.Module, train: Source, spec: TrainSpec) -> None:
        tables = [module for module in model.modules() if isinstance(module, FieldTable)]
        self._terms = [
            (table, precision / 2 * inverse_counts(table, train))
            for table, precision in zip(tables, precisions(model, tables, spec), strict=True)
            if precision
        ]

    def __call__(self, ids: Tensor) -> Tensor | float:
        """Return the penalty's estimate from a batch, `(batch, columns)`."""
        total: Tensor | float = 0.0
        for table, shares in self._terms:
            rows = ids + table.columns
            squares = F.embedding(rows, table.weight).square().sum(2)
            total = total + (squares * shares[rows]).sum() / len(ids)
        return total


def precisions(model: nn.Module, tables: Sequence[FieldTable], spec: TrainSpec) -> list[float]:
    """Return the prior precision of each table's weights."""
    linear = {module.table for module in model.modules() if isinstance(module, FieldLinear)}
    return [spec.l2_linear if table in linear else spec.l2_embedding for table in tables]


def inverse_counts(table: FieldTable, train: Source) -> Tensor:
    """Return 1/c for every row of a table, `(rows,)`; 0 for padding, which is no evidence.

    Raises:
        IdOutOfRange: An id is outside its field.
    """
    total = torch.zeros(len(table.weight), dtype=torch.int64, device=train.device)
    for part in train.parts():
        rows = table.rows(part.ids)[part.ids != PADDING]
        total += torch.bincount(rows, minlength=len(total))
    counts = total.to(table.weight.dtype)
    return torch.where(counts > 0, 1 / counts.clamp(min=1), 0.0)
