"""The pairwise term: logits, loss, and the gradient to the vectors.

Bytes: the vectors read and their gradients written. Operations, for each number of the vectors:
forward a sum, a square and its sum; backward a difference and a product.
"""

import naive
import numpy as np
import pytest
import torch
from micro import BATCHES, DIM, FIELDS, Behind, draw_embedding, draw_rows, engine_of, naive_loss
from torch.nn import functional as F

from fmbench.engine.kernels.machine import run
from fmbench.engine.kernels.steps import begin
from fmbench.layers import PairwiseInteraction

every_shape = pytest.mark.parametrize("batch", BATCHES)
every_field_set = pytest.mark.parametrize("fields", FIELDS)


def work(fields: str, batch: int) -> dict[str, int]:
    """Return bytes and operations of a step."""
    numbers = batch * len(FIELDS[fields]) * DIM
    return {"moves": 2 * 4 * numbers, "operations": 5 * numbers}


def check(loss: float, gradient: np.ndarray, vectors: np.ndarray, labels: np.ndarray) -> None:
    """Hold a step against the sum over all pairs."""
    logits = np.array([naive.pairwise(row) for row in vectors.tolist()])
    assert loss == pytest.approx(naive_loss(logits, labels), rel=1e-5)
    vectors = vectors.astype(np.float64)
    others = vectors.sum(1, keepdims=True) - vectors
    pull = (1 / (1 + np.exp(-logits)) - labels) / len(labels)
    np.testing.assert_allclose(gradient, pull[:, None, None] * others, rtol=1e-3, atol=1e-6)


@every_field_set
@every_shape
def test_pairwise_plain(measure, fields, batch):
    rows = draw_rows(FIELDS[fields], batch)
    vectors = draw_embedding(FIELDS[fields])(rows.ids).detach().requires_grad_()
    layer = PairwiseInteraction()

    def step():
        loss = F.binary_cross_entropy_with_logits(layer(vectors), rows.labels)
        return loss, *torch.autograd.grad(loss, vectors)

    loss, gradient = measure(step, **work(fields, batch))
    check(loss.item(), gradient.numpy(), vectors.detach().numpy(), rows.labels.numpy())


@every_field_set
@every_shape
def test_pairwise_engine(measure, fields, batch):
    rows, embedding = draw_rows(FIELDS[fields], batch), draw_embedding(FIELDS[fields])
    engine = engine_of(Behind(embedding, PairwiseInteraction()), rows, batch)
    program, memory = engine.programs[batch], engine.memory
    begin(
        program, memory, engine.table, engine.data, engine.batch, np.arange(batch), 1, engine.adam
    )
    vectors = embedding(rows.ids).detach().numpy()
    args = (program.code, program.constants, memory, engine.scratch, engine.key, 1)
    measure(run, *args, **work(fields, batch))
    gradient = memory[program.gradients[0] :][: vectors.size].reshape(vectors.shape)
    check(memory[program.loss], gradient, vectors, rows.labels.numpy())
