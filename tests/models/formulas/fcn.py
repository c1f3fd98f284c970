"""Li et al., 2024, equations 4 to 9: crosses with a mask, in heads, and the mean of two scores."""

from naive import affine, hadamard, layer_norm, lookup, relu
from torch import nn


def crossed(module: nn.Module, start: list[float], exponential: bool) -> list[float]:
    x = start
    for layer, norm, bias in zip(module.layers, module.norms, module.bias.tolist(), strict=True):
        h = affine(layer, x)
        c = h + hadamard(h, relu(layer_norm(norm, h)))
        by = x if exponential else start
        x = [a * (b + d) + e for a, b, d, e in zip(by, c, bias, x, strict=True)]
    return x


def logit(model: nn.Module, row: list[int]) -> float:
    vectors, total = lookup(model.embedding, row), 0.0
    dim = len(vectors[0]) // model.heads
    for h in range(model.heads):
        own = [vector[h * dim : (h + 1) * dim] for vector in vectors]
        start = [x for v in own for x in v[: dim // 2]] + [x for v in own for x in v[dim // 2 :]]
        (deep,) = affine(model.outputs[0], crossed(model.exponential, start, True))
        (shallow,) = affine(model.outputs[1], crossed(model.linear, start, False))
        total += (deep + shallow) / 2 / model.heads
    return total
