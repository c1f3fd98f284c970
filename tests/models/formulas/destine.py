"""Xu et al., 2021, equations 3 to 9: attention of pairs, whitened, and of fields alone."""

from naive import Vectors, affine, dot, flat, lookup, softmax
from torch import nn


def less_mean(vectors: Vectors) -> Vectors:
    means = [sum(column) / len(vectors) for column in zip(*vectors, strict=True)]
    return [[x - mean for x, mean in zip(vector, means, strict=True)] for vector in vectors]


def logit(model: nn.Module, row: list[int]) -> float:
    x = lookup(model.embedding, row)
    for layer in model.layers:
        heads, dim = layer.heads
        queries, keys, values = (
            [affine(part, v) for v in x] for part in (layer.query, layer.key, layer.value)
        )
        rest = [affine(layer.residual, v) for v in x]
        following = [[0.0] * (heads * dim) for _ in x]
        for h in range(heads):
            own = slice(h * dim, (h + 1) * dim)
            alone = softmax([affine(layer.unary, v)[h] for v in x])
            apart, keyed = (less_mean([v[own] for v in each]) for each in (queries, keys))
            for f, query in enumerate(apart):
                pairs = softmax([dot(query, key) for key in keyed])
                shares = [a + b for a, b in zip(pairs, alone, strict=True)]
                for share, value in zip(shares, values, strict=True):
                    for k in range(h * dim, (h + 1) * dim):
                        following[f][k] += share * value[k]
        x = [
            [max(0.0, a + b) for a, b in zip(v, w, strict=True)]
            for v, w in zip(following, rest, strict=True)
        ]
    (score,) = affine(model.output, flat(x))
    return score
