"""Wang et al., 2023, equation 2: x ← x0 ⊙ (Wx + b) ⊙ σ(Gx) + x; beside an MLP, or under it."""

from naive import affine, flat, lookup, mlp, sigmoid
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    start = flat(lookup(model.embedding, row))
    x = start
    for layer, gate in zip(model.cross.layers, model.cross.gates, strict=True):
        parts = zip(start, affine(layer, x), affine(gate, x), x, strict=True)
        x = [a * b * sigmoid(g) + c for a, b, g, c in parts]
    if model.output is None:
        return mlp(model.mlp, x)
    (cross,) = affine(model.output, x)
    return cross + mlp(model.mlp, start)
