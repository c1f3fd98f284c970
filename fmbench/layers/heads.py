"""Heads: what a model returns that learns from more than the loss of its score."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from torch import Tensor

Weight: TypeAlias = float | Literal["excess"]
"""What a further loss is multiplied by; "excess": by how much it is above the score's own, or 0."""

NOTHING: Mapping[str, tuple[Tensor, float]] = MappingProxyType({})


class Heads(NamedTuple):
    """A score, and what training asks of a model beside it; in evaluation only the score counts."""

    score: Tensor
    """The prediction, `(batch,)`: a logit, or whatever the task's score is."""
    also: Mapping[str, tuple[Tensor, Weight]] = NOTHING
    """Further predictions of the same label, `(batch,)` each, and what their losses weigh."""
    costs: Mapping[str, tuple[Tensor, float]] = NOTHING
    """Further numbers that training makes small, without dimensions, and what they weigh."""


Output: TypeAlias = Tensor | Heads
"""What `forward` may return: a score `(batch,)`, alone or as one of `Heads`."""


def score_of(output: Output) -> Tensor:
    """Return what a model predicts, `(batch,)`."""
    return output.score if isinstance(output, Heads) else output
