"""Wang et al., 2017, equations 3 to 6: x ← x0 (wᵀx) + b + x."""

from naive import affine, dot, flat, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    start = flat(lookup(model.embedding, row))
    x = start
    for weight, bias in zip(model.cross.weight.tolist(), model.cross.bias.tolist(), strict=True):
        size = dot(weight, x)
        x = [a * size + b + c for a, b, c in zip(start, bias, x, strict=True)]
    (cross,) = affine(model.output, x)
    return cross + mlp(model.mlp, start)
