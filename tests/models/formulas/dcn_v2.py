"""Wang et al., 2021, equations 1 and 2: x ← x0 ⊙ (Wx + b) + x, and W = U Vᵀ."""

from naive import affine, flat, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    start = flat(lookup(model.embedding, row))
    x = start
    for layer in model.cross.layers:
        turned = x
        for part in layer if isinstance(layer, nn.Sequential) else [layer]:
            turned = affine(part, turned)
        x = [a * b + c for a, b, c in zip(start, turned, x, strict=True)]
    if model.output is None:
        return mlp(model.mlp, x)
    (cross,) = affine(model.output, x)
    return cross + mlp(model.mlp, start)
