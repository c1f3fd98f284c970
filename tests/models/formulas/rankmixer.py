"""Zhu et al., 2025, equations 1 to 7: tokens, mixing, a network a token, and the mean."""

import math

from naive import affine, flat, layer_norm, lookup
from torch import nn


def gelu(x: float) -> float:
    return x * (1 + math.erf(x / math.sqrt(2))) / 2


def network(module: nn.Module, t: int, x: list[float]) -> list[float]:
    """Apply the network of token t."""
    first, second = module.first[t].T.tolist(), module.second[t].T.tolist()
    biases, ends = module.first_bias[t, 0].tolist(), module.second_bias[t, 0].tolist()
    h = [gelu(b + sum(map(float.__mul__, w, x))) for w, b in zip(first, biases, strict=True)]
    return [b + sum(map(float.__mul__, w, h)) for w, b in zip(second, ends, strict=True)]


def logit(model: nn.Module, row: list[int]) -> float:
    inputs, tokens = flat(lookup(model.embedding, row)), []
    for part in model.tokens.maps:
        own, inputs = inputs[: part.in_features], inputs[part.in_features :]
        tokens.append(affine(part, own))
    count, width = len(tokens), len(tokens[0]) // len(tokens)
    for layer in model.layers:
        following = []
        for h in range(count):
            mixed = [x for token in tokens for x in token[h * width : (h + 1) * width]]
            total = [a + b for a, b in zip(mixed, tokens[h], strict=True)]
            s = layer_norm(layer.mixed, total)
            through = network(layer.network, h, s)
            following.append(
                layer_norm(layer.out, [a + b for a, b in zip(through, s, strict=True)])
            )
        tokens = following
    means = [sum(column) / count for column in zip(*tokens, strict=True)]
    (score,) = affine(model.output, means)
    return score
