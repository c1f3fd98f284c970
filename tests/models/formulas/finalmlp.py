"""Mao et al., 2023, equations 5 to 10: gated streams and a bilinear form in heads."""

from naive import affine, flat, hidden, lookup, relu, sigmoid
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    start, ends = flat(lookup(model.embedding, row)), []
    contexts = [constant[0].tolist() for constant in model.contexts.constants]
    for i, place in enumerate(model.contexts.places):
        if place is not None:
            contexts.insert(i, lookup(model.contexts.table, row)[place])
    for context, gate, stream in zip(contexts, model.gates, model.streams, strict=True):
        scores = affine(gate.output, relu(affine(gate.hidden, context)))
        gated = [2 * sigmoid(score) * x for score, x in zip(scores, start, strict=True)]
        ends.append(hidden(stream, gated))
    (left,), (right,) = affine(model.fusion.left, ends[0]), affine(model.fusion.right, ends[1])
    total = left + right
    for h, matrix in enumerate(model.fusion.weight.tolist()):
        for i, weights in enumerate(matrix):
            for j, weight in enumerate(weights):
                x, y = ends[0][h * len(matrix) + i], ends[1][h * len(weights) + j]
                total += x * weight * y
    return total
