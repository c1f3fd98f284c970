"""Interactions of more than two fields at once."""

from typing import Any

from torch import Tensor, nn

HIGHEST = 8


def check_order(value: Any) -> None:
    """Refuse an order that is not one of interactions, or of which no data has enough."""
    if type(value) is not int or not 2 <= value <= HIGHEST:
        raise ValueError(f"order is {value!r}; expected a whole number from 2 to {HIGHEST}")


def anova_kernels(vectors: Tensor, order: int) -> list[Tensor]:
    """Return the ANOVA kernels of one field, of two, and so on to `order`, element by element.

    With j fields seen, the sets of t among them are those without field j, and those of t - 1 with
    it. Kernels of more fields than there are are zero.

    **Shape**: `(batch, fields, dim)` to `(batch, dim)`, `order` times.
    """
    found: list[Tensor | float] = [1.0, *[0.0] * order]
    for vector in vectors.unbind(1):
        # From the largest sets down: each is made of smaller ones without this field.
        for t in range(order, 0, -1):
            smaller = found[t - 1]
            if isinstance(smaller, Tensor):
                found[t] = found[t] + smaller * vector
            elif smaller:
                found[t] = found[t] + vector
    return [each if isinstance(each, Tensor) else vectors[:, 0] * 0 for each in found[1:]]


class Anova(nn.Module):
    """The sum over all sets of `order` fields of the products of their vectors' elements.

    ``sum_k sum_{f1 < ... < ft} v_{f1,k} ... v_{ft,k}``, the ANOVA kernel, in time linear in the
    number of fields (Blondel et al., 2016).

    **Shape**: `(batch, fields, dim)` to `(batch,)`.
    """

    def __init__(self, order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, vectors: Tensor) -> Tensor:
        total: Tensor = anova_kernels(vectors, self.order)[-1].sum(1)
        return total
