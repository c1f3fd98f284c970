"""How fast a trained model gives its scores."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from fmbench.training.device import now
from fmbench.training.predict import BATCH

PASSES = 7
ROWS_A_PASS = 50 * BATCH
SINGLES = 500
WARM_UP = 20


@torch.no_grad()
def predict_samples_per_s(model: nn.Module, ids: Tensor) -> list[float]:
    """Return rows scored a second in each of several passes, after one to warm up."""
    model.eval()
    rows = ids[:ROWS_A_PASS]
    batches = rows.split(BATCH)
    clock = []
    for _ in range(PASSES + 2):
        clock.append(now(ids.device))
        for batch in batches:
            model(batch)
    return [len(rows) / (end - start) for start, end in pairwise(clock[1:])]


@torch.no_grad()
def predict_latency_ms(model: nn.Module, ids: Tensor) -> list[float]:
    """Return the milliseconds that single rows take, one at a time, after some to warm up."""
    model.eval()
    rows = [ids[i % len(ids)][None] for i in range(WARM_UP + SINGLES)]
    clock = [now(ids.device)]
    for row in rows:
        model(row)
        clock.append(now(ids.device))
    return [round(1000 * (end - start), 4) for start, end in pairwise(clock[WARM_UP:])]
