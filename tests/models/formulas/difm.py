"""Lu et al., 2020: an FM of weights and vectors times a number a field, of two sources."""

import math

from naive import affine, dot, flat, hidden, lookup, pairs, relu, softmax
from torch import nn


def attend(layer: nn.Module, x: list[list[float]]) -> list[list[float]]:
    heads, dim = layer.heads
    queries, keys, values = (
        [affine(part, v) for v in x] for part in (layer.query, layer.key, layer.value)
    )
    outputs = [affine(layer.residual, v) for v in x]
    for h in range(heads):
        own = slice(h * dim, (h + 1) * dim)
        for f, query in enumerate(queries):
            scores = [dot(query[own], key[own]) / math.sqrt(dim) for key in keys]
            for share, value in zip(softmax(scores), values, strict=True):
                for k in range(h * dim, (h + 1) * dim):
                    outputs[f][k] += share * value[k]
    return [relu(output) for output in outputs]


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    of_vectors = affine(model.by_vector, flat(attend(model.attention, vectors)))
    of_elements = affine(model.by_element, hidden(model.hidden, flat(vectors)))
    m = [a + b for a, b in zip(of_vectors, of_elements, strict=True)]
    total = model.fm.bias.item()
    for weight, (term,) in zip(m, lookup(model.terms.table, row), strict=True):
        total += weight * term
    for f, g in pairs(len(vectors)):
        total += m[f] * m[g] * dot(vectors[f], vectors[g])
    return total
