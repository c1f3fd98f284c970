"""Distillation: predictions of one model that learn from their own mean."""

import torch
from torch import Tensor
from torch.nn import functional as F


def distance_to(teacher: Tensor, logits: Tensor) -> Tensor:
    """Return the mean logistic loss of logits `(batch,)` for a teacher's probabilities.

    The teacher's logits, `(batch,)` too, learn nothing from it.
    """
    return (F.softplus(logits) - teacher.detach().sigmoid() * logits).mean()


def mean_probability(one: Tensor, other: Tensor) -> Tensor:
    """Return the logit of the mean of two probabilities, from their logits: `(batch,)` all."""
    logits = torch.stack([one, other], 1)
    positive, negative = F.logsigmoid(logits), F.logsigmoid(-logits)
    return torch.logsumexp(positive, 1) - torch.logsumexp(negative, 1)
