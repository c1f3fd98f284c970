"""Sampled: a metric's mean over seeds, and how far other users and other seeds would move it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fmbench.stats.influence import Influence
from fmbench.stats.interval import Interval, around, tail


@dataclass(frozen=True, slots=True)
class Sampled:
    """A mean over seeds on drawn users, with the standard error of both."""

    mean: float
    error: float
    freedom: float
    """Degrees of freedom that the error rests on."""
    seeds: int

    @property
    def interval(self) -> Interval:
        """The mean with its interval."""
        return around(self.mean, self.error, self.freedom, self.seeds)

    @property
    def p(self) -> float:
        """How often users and seeds alone would put it as far from 0, in either direction."""
        return 2 * tail(abs(self.mean), self.error, self.freedom)


def sampled(values: Sequence[float], influence: Influence) -> Sampled:
    """Return the mean of `values`, one a seed, with the error of drawing users and seeds anew.

    The two variances are added, which errs on the wide side: what a seed does differently to
    different users is in both. Their degrees of freedom are Satterthwaite's (1946). One seed says
    nothing of others, and the error is that of users alone.

    Args:
        values: `(seeds,)`, a metric or a difference of two models in it.
        influence: `(users,)`, the influence on the mean over these seeds.
    """
    users, seeds = len(influence), len(values)
    of_users = float(influence @ influence) * users / (users - 1)
    of_seeds = float(np.var(values, ddof=1)) / seeds if seeds > 1 else 0.0
    variance = of_users + of_seeds
    freedom = users - 1.0
    if of_seeds > 0:
        freedom = variance**2 / (of_users**2 / (users - 1) + of_seeds**2 / (seeds - 1))
    return Sampled(float(np.mean(values)), float(np.sqrt(variance)), freedom, seeds)
