"""The loss that training makes small, and its slope; whatever computes it is held to these."""

from torch import Tensor
from torch.nn import functional as F

from fmbench.layers import Heads
from fmbench.layers.heads import Output


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean logistic loss of logits `(batch,)` for labels `(batch,)` of 0 and 1."""
    return F.binary_cross_entropy_with_logits(logits, labels)


def slope(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the derivative of the loss by each logit, `(batch,)`."""
    return (logits.sigmoid() - labels) / len(logits)


def losses(output: Output, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss of a model's score, and the sum that training makes small.

    The two are one for a model that returns its score alone. To the loss of the score of `Heads`
    is added that of each further prediction, and each cost, times its weight.
    """
    if not isinstance(output, Heads):
        mean = loss(output, labels)
        return mean, mean
    mean = total = loss(output.score, labels)
    for logits, weight in output.also.values():
        own = loss(logits, labels)
        total = total + own * ((own - mean).clamp(min=0) if weight == "excess" else weight)
    for cost, weight in output.costs.values():
        total = total + cost * weight
    return mean, total
