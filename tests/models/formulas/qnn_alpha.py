"""Li et al., 2025: x ← x + Σ_r x ⊙ h_r, h = relu(Wx + b), once in evaluation."""

from naive import affine, flat, hidden, lookup
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    x = flat(lookup(model.embedding, row))
    for layer in model.layers:
        h, following = hidden(layer.maps, x), list(x)
        for r in range(len(h) // len(x)):
            for k, element in enumerate(x):
                following[k] += element * h[r * len(x) + k]
        x = following
    (score,) = affine(model.output, x)
    return score
