"""Rendle, 2012, with a probit link: the logit of the mean probability of the draws."""

import math

from naive import lookup, pairwise
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    weights, vectors = lookup(model.linear.table, row), lookup(model.embedding, row)
    above = below = 0.0
    for draw, bias in enumerate(model.linear.bias.tolist()):
        own = slice(draw * model.embedding.embed_dim, (draw + 1) * model.embedding.embed_dim)
        score = bias + sum(weight[draw] for weight in weights)
        score += pairwise([vector[own] for vector in vectors])
        above += math.erfc(-score / math.sqrt(2))
        below += math.erfc(score / math.sqrt(2))
    return math.log(above) - math.log(below)
