"""The MLP (16, 16) with BatchNorm: logits, loss, and all gradients.

Bytes: the inputs read twice, for the outputs and for the weights' gradient; their gradient written;
weights read and their gradients written. Operations: those of the matrix products alone, two a
weight and row forward and twice that backward. Dropout is 0, so that there is a formula to compare.
"""

import numpy as np
import pytest
import torch
from micro import BATCHES, DIM, FIELDS, Behind, draw_embedding, draw_rows, engine_of, naive_loss
from torch import nn
from torch.nn import functional as F

from fmbench.engine.kernels.machine import run
from fmbench.engine.kernels.steps import begin
from fmbench.layers import MLP

STEP = 1e-8
"""Of the slope; so short that no unit of the thousands passes the kink of ReLU on the way."""

every_shape = pytest.mark.parametrize("batch", BATCHES)
every_field_set = pytest.mark.parametrize("fields", FIELDS)


class Flat(nn.Module):
    """An MLP on all fields' vectors side by side."""

    def __init__(self, fields: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.mlp = MLP(fields * DIM, (16, 16), dropout=0.0, batch_norm=True)
        with torch.no_grad():
            self.mlp.output.weight.normal_()

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        return self.mlp(vectors.flatten(1))


def work(fields: str, batch: int, mlp: nn.Module) -> dict[str, int]:
    """Return bytes and operations of a step."""
    products = sum(part.weight.numel() for part in mlp.modules() if isinstance(part, nn.Linear))
    learnt = sum(parameter.numel() for parameter in mlp.parameters())
    inputs = batch * len(FIELDS[fields]) * DIM
    return {"moves": 4 * (3 * inputs + 2 * learnt), "operations": 6 * batch * products}


def naive_loss_of(labels: np.ndarray, x: np.ndarray, *weights: np.ndarray) -> float:
    """The loss by its formulas, in float64."""
    *hidden, last, bias = weights
    for i in range(0, len(hidden), 3):
        matrix, scale, shift = hidden[i : i + 3]
        x = x @ matrix.T
        x = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5) * scale + shift
        x = np.maximum(x, 0)
    return naive_loss((x @ last.T)[:, 0] + bias, labels)


def check(loss: float, gradients: list, vectors, labels, weights: list) -> None:
    """Hold the loss against its formula, and each gradient against its slope in a direction."""
    draw = np.random.default_rng(0)
    x = vectors.reshape(len(labels), -1).astype(np.float64)
    values = [x, *(weight.detach().double().numpy() for weight in weights)]
    assert loss == pytest.approx(naive_loss_of(labels, *values), rel=1e-5)
    for i, (value, gradient) in enumerate(zip(values, gradients, strict=True)):
        gradient = np.asarray(gradient, np.float64).reshape(value.shape)
        direction = draw.normal(size=value.shape)
        high, low = (
            naive_loss_of(labels, *values[:i], value + step * direction, *values[i + 1 :])
            for step in (STEP, -STEP)
        )
        tolerance = 1e-3 * float(np.linalg.norm(gradient)) + 1e-6
        slope = (high - low) / (2 * STEP)
        assert np.sum(gradient * direction) == pytest.approx(slope, abs=tolerance)


@every_field_set
@every_shape
def test_mlp_plain(measure, fields, batch):
    rows, layer = draw_rows(FIELDS[fields], batch), Flat(len(FIELDS[fields]))
    vectors = draw_embedding(FIELDS[fields])(rows.ids).detach().requires_grad_()
    weights = list(layer.parameters())

    def step():
        loss = F.binary_cross_entropy_with_logits(layer(vectors), rows.labels)
        return loss, *torch.autograd.grad(loss, [vectors, *weights])

    loss, *gradients = measure(step, **work(fields, batch, layer))
    check(loss.item(), gradients, vectors.detach().numpy(), rows.labels.numpy(), weights)


@every_field_set
@every_shape
def test_mlp_engine(measure, fields, batch):
    rows, layer = draw_rows(FIELDS[fields], batch), Flat(len(FIELDS[fields]))
    embedding = draw_embedding(FIELDS[fields])
    engine = engine_of(Behind(embedding, layer), rows, batch)
    program, memory = engine.programs[batch], engine.memory
    begin(
        program, memory, engine.table, engine.data, engine.batch, np.arange(batch), 1, engine.adam
    )
    vectors = embedding(rows.ids).detach().numpy()
    args = (program.code, program.constants, memory, engine.scratch, engine.key, 1)
    measure(run, *args, **work(fields, batch, layer))
    gradients = [memory[program.gradients[0] :][: vectors.size]]
    gradients += [
        memory[place.offset :][: place.view.numel()] for place in engine.layout.gradients.values()
    ]
    weights = list(layer.parameters())
    check(memory[program.loss], gradients, vectors, rows.labels.numpy(), weights)
