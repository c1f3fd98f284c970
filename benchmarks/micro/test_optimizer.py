"""The optimizer's step on the table: dense Adam, and Adam on the rows that a batch reads.

The plain loop updates every row a step. The engine updates those of the batch and makes up for what
dense Adam would have done to them since they were read last; each call takes the next batch of an
epoch, so gaps are as training has them. Bytes: weight and two moments read and written, gradient
read; the engine's of the distinct rows of a batch, on average. Operations: 15 a number, square
root and division counted as one each; those of catching up depend on the gap and are not counted.
"""

from itertools import count

import numpy as np
import pytest
import torch
from micro import BATCHES, DIM, FIELDS, SPEC, Behind, draw_embedding, draw_rows, engine_of

from fmbench.engine.kernels.adam import BETA1, BETA2, EPS
from fmbench.engine.kernels.tables import catch_up_all, gather, update
from fmbench.layers import PairwiseInteraction

ROWS, CHECKED = 100_000, 20
FIELD_SET = FIELDS["ids"]


def work(numbers: float) -> dict[str, float]:
    """Return bytes and operations of a step."""
    return {"moves": 7 * 4 * numbers, "operations": 15 * numbers}


def naive_adam(weight: np.ndarray, gradients) -> np.ndarray:
    """Take Adam's steps as Kingma and Ba (2015) write them, in float64."""
    weight, first, second = weight.astype(np.float64), 0.0, 0.0
    for t, gradient in enumerate(gradients, 1):
        first = BETA1 * first + (1 - BETA1) * gradient
        second = BETA2 * second + (1 - BETA2) * gradient**2
        away = np.sqrt(second / (1 - BETA2**t)) + EPS
        weight = weight - SPEC.lr * first / (1 - BETA1**t) / away
    return weight


def test_adam_plain(measure):
    table = draw_embedding(FIELD_SET).weight
    before = table.detach().numpy().copy()
    adam = torch.optim.Adam([table], lr=SPEC.lr, fused=True)
    gradients = np.random.default_rng(0).normal(size=(3, *before.shape)).astype(np.float32)
    for gradient in gradients:
        table.grad = torch.from_numpy(gradient)
        adam.step()
    expected = naive_adam(before, (g.astype(np.float64) for g in gradients))
    np.testing.assert_allclose(table.detach().numpy(), expected, rtol=1e-5, atol=1e-6)
    measure(adam.step, **work(before.size))


@pytest.mark.parametrize("batch", BATCHES)
def test_adam_engine(measure, batch):
    embedding = draw_embedding(FIELD_SET)
    engine = engine_of(Behind(embedding, PairwiseInteraction()), draw_rows(FIELD_SET, ROWS), batch)
    table, read, adam = engine.table, engine.batch, engine.adam
    batches = np.random.default_rng(1).permutation(ROWS)[: ROWS // batch * batch]
    batches = batches.reshape(-1, batch)
    steps, places = count(1), engine.programs[batch].looked_up
    read.sums[:] = np.random.default_rng(0).normal(size=read.sums.shape)

    def step() -> int:
        t = next(steps)
        picks = batches[t % len(batches)]
        used = gather(table, engine.data, read, picks, engine.memory, places, t, adam)
        update(table, read, batch, used, t, adam)
        return used

    def gradients():
        for _ in range(CHECKED):
            used = step()
            dense = np.zeros((len(table.last), DIM))
            dense[read.rows[:used]] = read.sums[:used]
            yield dense

    expected = naive_adam(embedding.weight.detach().numpy(), gradients())
    catch_up_all(table, CHECKED, adam)
    np.testing.assert_allclose(table.state[:, 0], expected, rtol=1e-5, atol=1e-6)
    distinct = np.mean([len(np.unique(engine.data.ids[rows])) for rows in batches])
    measure(step, **work(distinct * DIM))
