"""Liu et al., 2015: wide convolution row by row, flexible p-max pooling, tanh."""

import math

from naive import affine, lookup
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors, height = lookup(model.embedding, row), model.convolutions.height
    fields, layers = len(vectors), len(model.convolutions.weights)
    maps = [[[vector[k] for vector in vectors]] for k in range(len(vectors[0]))]
    for i, weights in enumerate(model.convolutions.weights, start=1):
        p = 3 if i == layers else max(3, math.floor((1 - (i / layers) ** (layers - i)) * fields))
        following = []
        for line, weight in zip(maps, weights.tolist(), strict=True):
            places = range(1 - height, len(line[0]))
            found = []
            for out in range(len(weight[0])):
                sums = [
                    sum(
                        line[m][place + r] * weight[r * len(line) + m][out]
                        for r in range(height)
                        for m in range(len(line))
                        if 0 <= place + r < len(line[m])
                    )
                    for place in places
                ]
                best = sorted(range(len(sums)), key=lambda at, of=sums: -of[at])[:p]
                found.append([math.tanh(sums[at]) for at in sorted(best)])
            following.append(found)
        maps = following
    kept = range(len(maps[0][0]))
    (score,) = affine(model.output, [line[at] for at in kept for of in maps for line in of])
    return score
