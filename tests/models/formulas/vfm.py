"""Vie et al., 2022, with the expected probability as MacKay (1992) approximates it."""

import math

from naive import linear, lookup, pairwise
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    means = lookup(model.embedding, row)
    deviations = lookup(model.embedding.deviation, row)
    variance = pairwise([[s**2 for s in of] for of in deviations])
    variance += sum(s**2 for (s,) in lookup(model.linear.deviation, row))
    for place, of in enumerate(deviations):
        others = [sum(x) for x in zip(*(means[:place] + means[place + 1 :]), strict=True)]
        variance += sum((s * x) ** 2 for s, x in zip(of, others, strict=True))
    mean = linear(model.linear, row) + pairwise(means)
    return mean / math.sqrt(1 + math.pi * variance / 8)
