"""Gai et al., 2017, equation 2, as a probability and then its logit."""

import math

from naive import outputs, softmax
from torch import nn

SYMMETRIC = True


def logit(model: nn.Module, row: list[int]) -> float:
    chance = 0.0
    for share, score in zip(
        softmax(outputs(model.share, row)), outputs(model.score, row), strict=True
    ):
        chance += share / (1 + math.exp(-score))
    return math.log(chance / (1 - chance))
