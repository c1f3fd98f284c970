"""Cheng et al., 2020: AFN and an MLP of other vectors, weighed and added."""

import math

from naive import flat, lookup, mlp
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
    adaptive = mlp(model.mlp, neurons)
    deep = mlp(model.deep, flat(lookup(model.deep_embedding, row)))
    of_adaptive, of_deep = model.weights.tolist()
    return of_adaptive * adaptive + of_deep * deep
