"""He et al., 2017, equations 8 to 12: a weighted product beside an MLP."""

from naive import affine, flat, hadamard, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    roles = [field.role for field in model.factors.fields]
    by_role = dict(zip(roles, lookup(model.factors, row), strict=True))
    (product,) = affine(model.output, hadamard(by_role["user"], by_role["item"]))
    return product + mlp(model.mlp, flat(lookup(model.embedding, row)))
