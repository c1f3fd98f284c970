"""Chen et al., 2021: gates, a cross and a hidden layer, and their product."""

from naive import affine, dot, flat, hadamard, hidden, lookup, softmax
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    part = model.bridged
    fields, dim = part.shape
    x, first = flat(lookup(model.embedding, row)), None
    for gates, weight, bias, layer in zip(
        part.gates.tolist(), part.weight.tolist(), part.bias.tolist(), part.hidden, strict=True
    ):
        of_cross, of_deep = (
            [share * x[f * dim + k] for f, share in enumerate(softmax(gate)) for k in range(dim)]
            for gate in gates
        )
        assert len(of_cross) == fields * dim
        first = first or of_cross
        size = dot(weight, of_cross)
        cross = [a * size + b + c for a, b, c in zip(first, bias, of_cross, strict=True)]
        deep = hidden(layer, of_deep)
        x = hadamard(cross, deep)
    (score,) = affine(model.output, cross + deep + x)
    return score
