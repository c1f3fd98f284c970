"""The loss that training makes small, and its slope; whatever computes it is held to these."""

from torch import Tensor
from torch.nn import functional as F


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean logistic loss of logits `(batch,)` for labels `(batch,)` of 0 and 1."""
    return F.binary_cross_entropy_with_logits(logits, labels)


def slope(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the derivative of the loss by each logit, `(batch,)`."""
    return (logits.sigmoid() - labels) / len(logits)
