"""Huang et al., 2019: squeeze, excitation and bilinear products."""

from naive import affine, flat, hadamard, linear, lookup, mlp, pairs, relu
from torch import nn


def bilinear(layer: nn.Module, vectors: list[list[float]]) -> list[float]:
    products = []
    for (f, g), matrix in zip(pairs(len(vectors)), layer.weight.tolist(), strict=True):
        turned = [
            sum(a * weight for a, weight in zip(vectors[f], column, strict=True))
            for column in zip(*matrix, strict=True)
        ]
        products += hadamard(turned, vectors[g])
    return products


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    means = [sum(vector) / len(vector) for vector in vectors]
    shares = relu(affine(model.weighing.excite, relu(affine(model.weighing.squeeze, means))))
    weighed = [[share * x for x in v] for share, v in zip(shares, vectors, strict=True)]
    products = flat([bilinear(model.plain, vectors), bilinear(model.weighed, weighed)])
    return linear(model.linear, row) + mlp(model.mlp, products)
