"""Scores of a trained model, and how fast it gives them."""

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench.harness.device import now
from fmbench.harness.rows import Source

BATCH = 4096
PASSES = 7
ROWS_A_PASS = 50 * BATCH
SINGLES = 500
WARM_UP = 20


@torch.no_grad()
def predict(model: nn.Module, ids: Tensor) -> NDArray[np.float64]:
    """Return the logits of all rows, `(rows, columns)` to float64 `(rows,)`."""
    model.eval()
    logits = torch.cat([model(batch) for batch in ids.split(BATCH)])
    return logits.double().cpu().numpy()


def labels_and_logits(
    model: nn.Module, rows: Source
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return the labels and logits of all rows, each `(rows,)`; they are held in memory."""
    parts = [(part.labels.cpu().numpy() > 0, predict(model, part.ids)) for part in rows.parts()]
    labels, logits = zip(*parts, strict=True)
    return np.concatenate(labels), np.concatenate(logits)


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
