"""Wang et al., 2021, equations 3 to 9: a block on a block, and a linear output."""

from naive import affine, flat, hadamard, layer_norm, lookup, normalised, relu
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    scales, shifts = flat(model.norm.weight.tolist()), flat(model.norm.bias.tolist())
    turned = flat([normalised(vector) for vector in vectors])
    x = [s * v + b for s, v, b in zip(scales, turned, shifts, strict=True)]
    for block in model.blocks:
        first, _, second = block.mask
        mask = affine(second, relu(affine(first, flat(vectors))))
        x = relu(layer_norm(block.norm, affine(block.hidden, hadamard(mask, x))))
    (score,) = affine(model.output, x)
    return score
