"""Ensembles: averages of what several models say, and which models to average.

Predictions are averaged as probabilities or as logits; which is better differs between data.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import Labels, Logits, row_losses

Space = Literal["probabilities", "logits"]

ROUNDS = 50
"""Models that are put together at most, one counted as often as it is chosen."""

IN_VAIN = 10
"""Rounds without a better ensemble after which none is looked for."""

_TINY = 1e-15
"""The nearest that an average probability comes to 0 or 1, before it is a logit again."""


def average(members: Sequence[Logits], space: Space) -> Logits:
    """Return the logits of the average of several predictions.

    Args:
        members: `(rows,)` each, logits in float64.
        space: What is averaged: probabilities, as deep ensembles do (Lakshminarayanan et al.,
            2017), or logits, which is a geometric mean of odds.
    """
    return _logits(np.mean([_values(each, space) for each in members], axis=0), space)


def better_space(labels: Labels, groups: Sequence[Sequence[Logits]]) -> Space:
    """Return what to average, by the sum of the groups' logloss on these rows."""
    losses: dict[Space, float] = {
        space: sum(_loss(labels, average(members, space)) for members in groups)
        for space in ("probabilities", "logits")
    }
    return min(losses, key=lambda space: losses[space])


def select(labels: Labels, library: Sequence[Logits], space: Space) -> Counter[int]:
    """Return how often each member of a library is in the ensemble that fits these rows best.

    Caruana et al. (2004): the member that helps the logloss most is put in again and again, with
    replacement, and the best of the ensembles on the way is taken.

    Args:
        labels: `(rows,)`, of rows that no member was trained on.
        library: `(rows,)` each, logits in float64.
        space: What is averaged.
    """
    values = [_values(each, space) for each in library]
    total = np.zeros(len(labels))
    chosen: list[int] = []
    losses: list[float] = []
    for size in range(1, ROUNDS + 1):
        tried = [_loss(labels, _logits((total + each) / size, space)) for each in values]
        best = int(np.argmin(tried))
        total += values[best]
        chosen.append(best)
        losses.append(tried[best])
        if size - int(np.argmin(losses)) > IN_VAIN:
            break
    return Counter(chosen[: int(np.argmin(losses)) + 1])


def _values(logits: Logits, space: Space) -> NDArray[np.float64]:
    return logits if space == "logits" else np.exp(-np.logaddexp(0.0, -logits))


def _logits(mean: NDArray[np.float64], space: Space) -> Logits:
    if space == "logits":
        return mean
    chance = np.clip(mean, _TINY, 1 - _TINY)
    found: Logits = np.log(chance) - np.log1p(-chance)
    return found


def _loss(labels: Labels, logits: Logits) -> float:
    return float(row_losses(labels, logits).mean())
