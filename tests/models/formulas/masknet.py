"""Wang et al., 2021, equations 3 to 12: blocks side by side, then an MLP."""

from naive import affine, flat, hadamard, layer_norm, lookup, mlp, normalised, relu
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    scales, shifts = model.norm.weight.tolist(), model.norm.bias.tolist()
    normed = [
        s * x + b
        for vector, scale, shift in zip(vectors, scales, shifts, strict=True)
        for x, s, b in zip(normalised(vector), scale, shift, strict=True)
    ]
    ends = []
    for block in model.blocks:
        first, _, second = block.mask
        mask = affine(second, relu(affine(first, flat(vectors))))
        ends += relu(layer_norm(block.norm, affine(block.hidden, hadamard(mask, normed))))
    return mlp(model.mlp, ends)
