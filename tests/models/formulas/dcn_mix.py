"""Wang et al., 2021, equation 4: experts of low rank with tanh, and a gate for each row."""

import math

from naive import affine, flat, lookup, mlp, softmax, times
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    start = flat(lookup(model.embedding, row))
    x = start
    for layer in model.cross.layers:
        _, rank, _ = layer.between.shape
        down, up = layer.down.weight.tolist(), layer.up.weight.tolist()
        bias = layer.up.bias.tolist()
        following = x
        for i, share in enumerate(softmax(affine(model.cross.gate, x))):
            own = slice(i * rank, (i + 1) * rank)
            inner = [math.tanh(value) for value in times(down[own], x)]
            middle = [list(column) for column in zip(*layer.between[i].tolist(), strict=True)]
            inner = [math.tanh(value) for value in times(middle, inner)]
            outer = times([line[own] for line in up], inner)
            following = [
                so_far + share * a * (b + c)
                for so_far, a, b, c in zip(following, start, outer, bias, strict=True)
            ]
        x = following
    (cross,) = affine(model.output, x)
    return cross + mlp(model.mlp, start)
