"""What a trained model leans on: its AUC when the values of one field belong to other rows."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench.fields import Field, columns
from fmbench.metrics import auc
from fmbench.training.predict import predict


def auc_lost(
    model: nn.Module,
    ids: Tensor,
    labels: NDArray[np.bool_],
    logits: NDArray[np.float64],
    fields: Sequence[Field],
    seed: int,
) -> dict[str, float]:
    """Return by field the AUC that shuffling it among the rows costs; empty where AUC is undefined.

    Permutation importance (Breiman, 2001): the model is not trained again, and rows get values
    that may never stand together in the data.

    Args:
        model: Trained.
        ids: `(rows, columns)`.
        labels: `(rows,)`.
        logits: What the model gives to these rows as they are, `(rows,)`.
        fields: In the order of their columns, which are shuffled together.
        seed: The seed of the shuffling.
    """
    before = auc(labels, logits)
    if before is None:
        return {}
    random = np.random.default_rng(seed)
    lost = {}
    for field, own in zip(fields, columns(fields), strict=True):
        changed = ids.clone()
        changed[:, own] = ids[torch.from_numpy(random.permutation(len(ids))), own]
        lost[field.name] = before - (auc(labels, predict(model, changed)) or 0.0)
    return lost
