"""Scores: the logits that a model gives to rows."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench.layers import score_of
from fmbench.training.batches import Source

BATCH = 4096
"""Rows that are scored at once."""


@torch.no_grad()
def predict(model: nn.Module, ids: Tensor) -> NDArray[np.float64]:
    """Return the logits of all rows, `(rows, columns)` to float64 `(rows,)`."""
    model.eval()
    logits = torch.cat([score_of(model(batch)) for batch in ids.split(BATCH)])
    return logits.double().cpu().numpy()


def labels_and_logits(
    model: nn.Module, rows: Source
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return the labels and logits of all rows, each `(rows,)`; they are held in memory."""
    parts = [(part.labels.cpu().numpy() > 0, predict(model, part.ids)) for part in rows.parts()]
    labels, logits = zip(*parts, strict=True)
    return np.concatenate(labels), np.concatenate(logits)
