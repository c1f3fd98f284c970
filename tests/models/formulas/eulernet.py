"""Tian et al., 2023, equations 5 to 13, with complex numbers as Python has them."""

import cmath
import math

from naive import affine, dot, flat, lookup, relu
from torch import nn

Complex = list[list[complex]]


def layer_of(layer: nn.Module, fields: Complex) -> Complex:
    orders, dim = layer.orders.weight.tolist(), len(fields[0])
    real, imaginary = (
        relu(affine(layer.linear, flat(parts)))
        for parts in (
            [[z.real for z in vector] for vector in fields],
            [[z.imag for z in vector] for vector in fields],
        )
    )
    made = []
    for n, powers in enumerate(orders):
        neuron = []
        for k in range(dim):
            sizes = [math.log(max(abs(vector[k]), 1e-5)) for vector in fields]
            size = dot(powers, sizes) + layer.sizes[n, k].item()
            angles = [cmath.phase(vector[k]) for vector in fields]
            angle = dot(powers, angles) + layer.angles[n, k].item()
            linear = complex(real[n * dim + k], imaginary[n * dim + k])
            neuron.append(linear + cmath.rect(math.exp(min(size, 20.0)), angle))
        made.append(neuron)
    return made


def logit(model: nn.Module, row: list[int]) -> float:
    scales = flat(model.scale.tolist())
    vectors = zip(scales, lookup(model.embedding, row), strict=True)
    fields = [[scale * cmath.exp(1j * x) for x in vector] for scale, vector in vectors]
    for layer in model.layers:
        fields = layer_of(layer, fields)
    (score,) = affine(model.output, [z.real + z.imag for vector in fields for z in vector])
    return score
