"""Zhu et al., 2023, equations 2 to 9: two blocks of factorized interactions, and their mean."""

from naive import affine, batch_norm, flat, hadamard, lookup
from torch import nn


def block(module: nn.Module, x: list[float]) -> float:
    for layer in module.hidden:
        if isinstance(layer, nn.BatchNorm1d):
            x = batch_norm(layer, x)
        elif not isinstance(layer, nn.Dropout):
            h = affine(layer.linear, x)
            half = len(h) // 2
            x = h[:half] + hadamard(h[:half], h[half:])
    (score,) = affine(module.output, x)
    return score


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    columns = zip(*vectors, strict=True)
    factors = zip(*(affine(model.gate.linear, list(column)) for column in columns), strict=True)
    gated = [hadamard(v, list(factor)) for v, factor in zip(vectors, factors, strict=True)]
    first, second = block(model.first, flat(vectors + gated)), block(model.second, flat(vectors))
    return (first + second) / 2
