"""Zhang et al., 2024, equations 1 to 4: LN([reshape(MLP(LN(X Xᵀ Y))) ‖ W X] + X)."""

from naive import Vectors, affine, dot, flat, hidden, layer_norm, lookup, mlp
from torch import nn


def over_fields(matrix: nn.Linear, vectors: Vectors) -> Vectors:
    columns = [affine(matrix, list(column)) for column in zip(*vectors, strict=True)]
    return [list(vector) for vector in zip(*columns, strict=True)]


def logit(model: nn.Module, row: list[int]) -> float:
    x = lookup(model.embedding, row)
    for layer in model.layers:
        block, dim = layer.products, len(x[0])
        gram = [[dot(v, w) for w in x] for v in x]
        products = [affine(block.projection, line) for line in gram]
        hidden_units = hidden(block.hidden, layer_norm(block.norm, flat(products)))
        made = affine(block.output, hidden_units)
        new = [made[i : i + dim] for i in range(0, len(made), dim)] + over_fields(layer.maps, x)
        kept = x if layer.residual is None else over_fields(layer.residual, x)
        x = [
            layer_norm(layer.norm, [a + b for a, b in zip(v, w, strict=True)])
            for v, w in zip(new, kept, strict=True)
        ]
    return mlp(model.mlp, flat(x))
