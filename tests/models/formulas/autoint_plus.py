"""Song et al., 2019: attention from layer to layer, and an MLP beside it (AutoInt+)."""

from naive import affine, dot, flat, lookup, mlp, relu, softmax
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = x = lookup(model.embedding, row)
    for layer in model.layers:
        heads, dim = layer.heads
        queries, keys, values = (
            [affine(part, v) for v in x] for part in (layer.query, layer.key, layer.value)
        )
        following = [affine(layer.residual, v) for v in x]
        for h in range(heads):
            own = slice(h * dim, (h + 1) * dim)
            for f, query in enumerate(queries):
                shares = softmax([dot(query[own], key[own]) for key in keys])
                for share, value in zip(shares, values, strict=True):
                    for k in range(h * dim, (h + 1) * dim):
                        following[f][k] += share * value[k]
        x = [relu(v) for v in following]
    (attended,) = affine(model.output, flat(x))
    return attended + mlp(model.mlp, flat(vectors))
