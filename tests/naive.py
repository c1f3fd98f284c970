"""What the layers stand for, spelt out number by number in float64; what their tests compare to."""

import math
from itertools import combinations

import torch
from torch import Tensor, nn

from fmbench.fields import PADDING, Field
from fmbench.layers import MLP, FieldLinear, FieldOutputs, FieldTable

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


def outputs(layer: FieldOutputs, row: list[int]) -> list[float]:
    """Return several linear terms of one row."""
    rows = lookup(layer.table, row)
    return [sum(of) + bias for *of, bias in zip(*rows, layer.bias.tolist(), strict=True)]


def dot(v: list[float], w: list[float]) -> float:
    return sum(a * b for a, b in zip(v, w, strict=True))


def times(matrix: Vectors, v: list[float]) -> list[float]:
    return [dot(row, v) for row in matrix]


def hadamard(v: list[float], w: list[float]) -> list[float]:
    return [a * b for a, b in zip(v, w, strict=True)]


def flat(vectors: Vectors) -> list[float]:
    return [x for vector in vectors for x in vector]


def pairs(fields: int) -> list[tuple[int, int]]:
    """Return all pairs, neighbours first: the order in which layers keep what is a pair's."""
    return sorted(combinations(range(fields), 2), key=lambda pair: (pair[1] - pair[0], pair[0]))


def pairwise(vectors: Vectors) -> float:
    return sum(dot(v, w) for v, w in combinations(vectors, 2))


def affine(layer: nn.Linear, x: list[float]) -> list[float]:
    biases = [0.0] * layer.out_features if layer.bias is None else layer.bias.tolist()
    return [bias + y for bias, y in zip(biases, times(layer.weight.tolist(), x), strict=True)]


def softmax(scores: list[float]) -> list[float]:
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def relu(x: list[float]) -> list[float]:
    return [max(0.0, value) for value in x]


def normalised(x: list[float], eps: float = 1e-5) -> list[float]:
    """Return numbers less their mean, over their standard deviation."""
    mean = sum(x) / len(x)
    spread = math.sqrt(sum((value - mean) ** 2 for value in x) / len(x) + eps)
    return [(value - mean) / spread for value in x]


def batch_norm(layer: nn.BatchNorm1d, x: list[float]) -> list[float]:
    """Normalise one row in evaluation mode."""
    units = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    return [
        weight * (value - mean) / math.sqrt(variance + layer.eps) + bias
        for value, mean, variance, weight, bias in zip(
            x, *(unit.tolist() for unit in units), strict=True
        )
    ]


def layer_norm(layer: nn.LayerNorm, x: list[float]) -> list[float]:
    units = zip(normalised(x, layer.eps), layer.weight.tolist(), layer.bias.tolist(), strict=True)
    return [weight * value + bias for value, weight, bias in units]


def activation(layer: nn.Module, x: list[float]) -> list[float]:
    slope = {"ReLU": 0.0, "LeakyReLU": 0.01}.get(type(layer).__name__)
    if isinstance(layer, nn.PReLU):
        slope = layer.weight.item()
    if slope is not None:
        return [max(0.0, value) + slope * min(0.0, value) for value in x]
    curve = {"Tanh": math.tanh, "Sigmoid": lambda value: 1 / (1 + math.exp(-value))}
    return [curve[type(layer).__name__](value) for value in x]


def hidden(layers: nn.Sequential, x: list[float]) -> list[float]:
    """Compute the last hidden layer of one row in evaluation mode."""
    for layer in layers:
        if isinstance(layer, nn.Linear):
            x = affine(layer, x)
        elif isinstance(layer, nn.BatchNorm1d):
            x = batch_norm(layer, x)
        elif isinstance(layer, nn.LayerNorm):
            x = layer_norm(layer, x)
        elif not isinstance(layer, nn.Dropout):
            x = activation(layer, x)
    return x


def mlp(module: MLP, x: list[float]) -> float:
    """Compute one row in evaluation mode."""
    (score,) = affine(module.output, hidden(module.hidden, x))
    return score


def column(values: list[float]) -> Tensor:
    """Return float64 `(rows,)`, also of no rows."""
    return torch.tensor(values, dtype=torch.float64)
