"""Two models over the same seeds: is one better, are they as good as equal, what would settle it.

The question is that of the training procedure: would other seeds say the same, on these rows? What
other rows would say is `auc_difference`'s and `two_way_bootstrap`'s to answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.stats.interval import Interval, around, student, tail

MOST_SEEDS = 10_000


@dataclass(frozen=True, slots=True)
class Paired:
    """Differences of one metric, seed by seed."""

    mean: float
    variance: float
    """Variance of a single seed's difference, as far as these seeds can tell."""
    n: int
    freedom: float
    """Degrees of freedom that the variance rests on."""

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return math.sqrt(self.variance / self.n)

    @property
    def interval(self) -> Interval:
        """The mean with its interval."""
        return around(self.mean, self.error, self.freedom, self.n)

    @property
    def p(self) -> float:
        """How often seeds alone would make a difference as large as this, in either direction."""
        return 2 * tail(abs(self.mean), self.error, self.freedom)

    def p_equivalent(self, margin: float) -> float:
        """Return the p-value against "the true difference is `margin` or more", either way.

        Two one-sided tests; Schuirmann (1987).
        """
        return tail(margin - abs(self.mean), self.error, self.freedom)


def pair(first: Mapping[int, float], second: Mapping[int, float]) -> Paired | None:
    """Return first - second over the seeds that both have; None if those are fewer than two."""
    seeds = sorted(first.keys() & second.keys())
    if len(seeds) < 2:
        return None
    differences = np.array([first[seed] - second[seed] for seed in seeds])
    return Paired(*mean_and_variance(differences), len(seeds), len(seeds) - 1.0)


def mean_and_variance(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return both, exact where all values are one: the mean of ten such may be a bit off them."""
    if (values == values[0]).all():
        return float(values[0]), 0.0
    return float(values.mean()), float(values.var(ddof=1))


def moderate(pairs: Sequence[Paired]) -> list[Paired]:
    """Let pairs of one table learn from one another how much seeds scatter.

    A variance of three seeds says little; those of all pairs together say what variances are
    usual here, and each is drawn towards that as far as they agree: Smyth (2004), whose prior is
    fitted to the log variances. A pair that never varies, of two deterministic models, stays as it
    is and says nothing of the others; so do fewer than three that vary.

    Args:
        pairs: All pairs of one metric.
    """
    from scipy import special

    varying = [pair for pair in pairs if pair.variance > 0]
    if len(varying) < 3:
        return list(pairs)
    variances = np.array([pair.variance for pair in varying])
    freedom = np.array([pair.freedom for pair in varying])
    centred = np.log(variances) - special.digamma(freedom / 2) + np.log(freedom / 2)
    surplus = centred.var(ddof=1) - special.polygamma(1, freedom / 2).mean()
    # The variances spread less than chance alone would make them: one may fit all.
    prior = 2 * _inverse_trigamma(surplus) if surplus > 0 else 1e6
    usual = math.exp(centred.mean() + float(special.digamma(prior / 2)) - math.log(prior / 2))
    # The pairs share seeds and models, so together they know no more than all seeds of the table.
    prior = min(prior, float(freedom.mean() * (len(varying) - 1)))
    return [pair if pair.variance == 0 else _drawn(pair, prior, usual) for pair in pairs]


def _drawn(pair: Paired, prior: float, usual: float) -> Paired:
    """Draw a pair's variance towards what is usual, which is worth `prior` degrees of freedom."""
    freedom = prior + pair.freedom
    variance = (prior * usual + pair.freedom * pair.variance) / freedom
    return Paired(pair.mean, variance, pair.n, freedom)


def seeds_needed(
    gap: float, variance: float, *, level: float = 0.05, power: float = 0.9
) -> int | None:
    """Return how many seeds show a true difference of `gap` at `level` with probability `power`.

    From the noncentral t distribution of a paired, two-sided test; None beyond 10,000 seeds.
    """
    from scipy import special

    if gap == 0:
        return None

    def is_enough(n: int) -> bool:
        distance = abs(gap) * math.sqrt(n / variance)
        missed = special.nctdtr(n - 1, distance, student(n - 1, 1 - level))
        return bool(1 - missed >= power)

    low, high = 1, 2
    if variance == 0:
        return high
    while not is_enough(high):
        low, high = high, 2 * high
        if high > MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def seeds_to_settle(mean: float, variance: float, margin: float, level: float) -> int | None:
    """Return how many seeds would tell, were the true difference the one that was found.

    Which of the two tests would: that of a difference where it is beyond the margin, else that of
    equivalence, which asks one side at a time how far the margin is.
    """
    if abs(mean) >= margin:
        return seeds_needed(mean, variance, level=level)
    return seeds_needed(margin - abs(mean), variance, level=2 * level)


def _inverse_trigamma(value: float) -> float:
    """Return x with trigamma(x) = value, by Newton's method on 1 / trigamma."""
    from scipy import special

    x = 0.5 + 1 / value
    for _ in range(50):
        now = float(special.polygamma(1, x))
        step = now * (1 - now / value) / float(special.polygamma(2, x))
        x += step
        if abs(step) < 1e-10 * x:
            break
    return x
