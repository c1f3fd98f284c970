"""Lian et al., 2018, equations 6 to 8 and 11."""

from naive import affine, flat, linear, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    fields = lookup(model.embedding, row)
    maps, sums = fields, []
    for weight in model.cin.weights:
        following = []
        for line in weight.tolist():
            of = [0.0] * len(fields[0])
            for i, v in enumerate(maps):
                for j, w in enumerate(fields):
                    for k in range(len(of)):
                        of[k] += line[i * len(fields) + j] * v[k] * w[k]
            following.append(of)
            sums.append(sum(of))
        maps = following
    (crosses,) = affine(model.output, sums)
    return linear(model.linear, row) + crosses + mlp(model.mlp, flat(fields))
