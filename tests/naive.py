"""What the layers stand for, spelt out number by number in float64; what their tests compare to."""

import math
from itertools import combinations

import torch
from torch import Tensor, nn

from fmbench.fields import PADDING, Field
from fmbench.layers import MLP, FieldLinear, FieldTable

Vectors = list[list[float]]


def randomise(module: nn.Module) -> nn.Module:
    """Draw every number of a module's state, padding and running statistics included; float64."""
    module.double()
    with torch.no_grad():
        for value in module.state_dict().values():
            if value.is_floating_point():
                value.normal_()
        for part in module.modules():
            if isinstance(part, nn.BatchNorm1d):
                part.running_var.abs_().add_(0.1)
    return module


def lookup(table: FieldTable, row: list[int]) -> Vectors:
    """Return the vector of each field of one row of ids, the mean for a multi-valued one."""
    weight = table.weight.tolist()
    vectors, column, start = [], 0, 0
    for field in table.fields:
        ids = row[column : column + field.width]
        if field.width > 1:
            ids = [i for i in ids if i != PADDING]
        mine = [scaled(weight, start, field, i) for i in ids]
        dims = range(len(weight[0]))
        vectors.append([sum(vector[k] for vector in mine) / max(len(mine), 1) for k in dims])
        column, start = column + field.width, start + rows_of(field)
    return vectors


def rows_of(field: Field) -> int:
    """Count the rows of a field: all bins of a number share one."""
    return field.first_bin + 1 if field.values else field.cardinality


def scaled(weight: Vectors, start: int, field: Field, i: int) -> list[float]:
    """Return the row of an id; of a number's bin, the row of all of them times its value."""
    if not field.values or i < field.first_bin:
        return weight[start + i]
    return [field.values[i - field.first_bin] * w for w in weight[start + field.first_bin]]


def linear(layer: FieldLinear, row: list[int]) -> float:
    return sum(weight for (weight,) in lookup(layer.table, row)) + layer.bias.item()


def pairwise(vectors: Vectors) -> float:
    return sum(a * b for v, w in combinations(vectors, 2) for a, b in zip(v, w, strict=True))


def mlp(module: MLP, x: list[float]) -> float:
    """Compute one row in evaluation mode."""
    for layer in module.hidden:
        if isinstance(layer, nn.Linear):
            rows = layer.weight.tolist()
            biases = [0.0] * len(rows) if layer.bias is None else layer.bias.tolist()
            x = [
                bias + sum(w * v for w, v in zip(row, x, strict=True))
                for row, bias in zip(rows, biases, strict=True)
            ]
        elif isinstance(layer, nn.BatchNorm1d):
            units = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
            x = [
                weight * (value - mean) / math.sqrt(variance + layer.eps) + bias
                for value, mean, variance, weight, bias in zip(
                    x, *(unit.tolist() for unit in units), strict=True
                )
            ]
        elif isinstance(layer, nn.ReLU):
            x = [max(0.0, value) for value in x]
    (weight,) = module.output.weight.tolist()
    return sum(w * v for w, v in zip(weight, x, strict=True)) + module.output.bias.item()


def column(values: list[float]) -> Tensor:
    """Return float64 `(rows,)`, also of no rows."""
    return torch.tensor(values, dtype=torch.float64)
