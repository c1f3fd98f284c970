"""Song et al., 2019, equations 5 to 10."""

from naive import affine, dot, flat, lookup, softmax
from torch import nn


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
            for f, query in enumerate(queries):
                shares = softmax([dot(query[own], key[own]) for key in keys])
                for share, value in zip(shares, values, strict=True):
                    for k in range(h * dim, (h + 1) * dim):
                        following[f][k] += share * value[k]
        x = [
            [max(0.0, a + b) for a, b in zip(v, w, strict=True)]
            for v, w in zip(following, rest, strict=True)
        ]
    (score,) = affine(model.output, flat(x))
    return score
