"""Cheng et al., 2020, equation 6: products of powers, element by element."""

import math

from naive import lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    neurons = []
    for powers in model.neurons.powers.weight.tolist():
        for elements in zip(*vectors, strict=True):
            exponent = 0.0
            for power, x in zip(powers, elements, strict=True):
                exponent += power * math.log(max(abs(x), 1e-5))
            neurons.append(math.exp(min(exponent, 20.0)))
    return mlp(model.mlp, neurons)
