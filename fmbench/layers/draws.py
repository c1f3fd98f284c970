"""Draws of an FM's weights, all looked up at once, and what they make of the logit."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers.check import check_width
from fmbench.layers.embedding import FieldTable

MEMORY = 1 << 26
"""Numbers that the draws of a table may hold, 256 MiB."""
FEWEST = 8
"""Draws that are kept however large they are."""


def draws_within(fields: Sequence[Field], width: int, draws: int) -> int:
    """Return how many draws are kept, where each value has `width` numbers in each.

    Raises:
        ValueError: The width or the number of draws is not a whole number from 1 on.
    """
    check_width("embed_dim", width - 1)
    check_width("draws", draws)
    size = width * sum(field.rows for field in fields)
    return min(draws, max(FEWEST, MEMORY // size))


class DrawnLinear(nn.Module):
    """A linear term of each draw: `(batch, columns)` to `(batch, draws)`."""

    def __init__(self, fields: Sequence[Field], draws: int) -> None:
        super().__init__()
        self.table = FieldTable(fields, draws, std=0.0)
        self.bias = nn.Parameter(torch.zeros(draws))

    def forward(self, ids: Tensor) -> Tensor:
        total: Tensor = self.table(ids).sum(1) + self.bias
        return total

    @torch.no_grad()
    def put(self, draw: int, bias: float, weights: Tensor) -> None:
        """Set one draw: its bias and a weight for each row of the table, `(rows,)`."""
        self.bias[draw] = bias
        self.table.weight[:, draw] = weights


class DrawnEmbedding(FieldTable):
    """The vectors of each draw, `(batch, columns)` to `(batch, fields, draws, dim)`.

    A value's vectors of all draws lie side by side, so that they are one look-up.
    """

    def __init__(self, fields: Sequence[Field], embed_dim: int, draws: int) -> None:
        super().__init__(fields, draws * embed_dim, std=0.1)
        self.embed_dim, self.draws = embed_dim, draws

    def forward(self, ids: Tensor) -> Tensor:
        vectors: Tensor = self.look_up(ids).unflatten(2, (self.draws, self.embed_dim))
        return vectors

    @torch.no_grad()
    def put(self, draw: int, vectors: Tensor) -> None:
        """Set one draw: a vector for each row of the table, `(rows, dim)`."""
        first = draw * self.embed_dim
        self.weight[:, first : first + self.embed_dim] = vectors


class MeanProbability(nn.Module):
    """The logit of the mean over draws of the probit of their scores.

    The chances of both labels are summed, as 1 less a chance would lose what is small. A score of
    13 in all draws has the largest logit that there is, 88 in float32.

    **Shape**: `(batch, draws)` to `(batch,)`.
    """

    def forward(self, scores: Tensor) -> Tensor:
        least = torch.finfo(scores.dtype).tiny
        sides = (torch.erfc(side * math.sqrt(0.5)).mean(1) for side in (-scores, scores))
        above, below = (side.clamp(min=least).log() for side in sides)
        return above - below

    def interval(self, scores: Tensor, level: float = 0.9) -> Tensor:
        """Return between which ends the draws' probabilities lie, `(batch, 2)`."""
        ends = scores.new_tensor([(1 - level) / 2, (1 + level) / 2])
        found: Tensor = torch.special.ndtr(scores).quantile(ends, dim=1).T
        return found
