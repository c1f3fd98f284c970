"""How much seeds scatter: each model's own variance, and what the rest of its table says of it.

Three seeds say little of a variance. Two more sources are at hand in every table: the validation
rows, on which the same runs scatter alike, and the other models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.stats.paired import Paired, mean_and_variance

WORTH = 1.0
"""Degrees of freedom that the usual variance of a table weighs in a model's own: one seed more.

Real models scatter over seeds by a factor of ten; with more, a model that scatters most would be
taken for a calmer one too often (benchmarks/few_seeds.py).
"""

FEWEST = 4
"""Models that scatter, of which it takes so many to say what is usual."""

BySeed = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of a single seed's metric, and the degrees of freedom that it rests on."""

    variance: float
    freedom: float


def spreads(test: Sequence[BySeed], valid: Sequence[BySeed]) -> list[Spread]:
    """Return how much the seeds of each model scatter on the test rows.

    A model's validation rows are a second reading of its scatter, brought to the scale of the test
    rows by the ratio of the two over the whole table. Two readings of variance whose values
    correlate by r rest on 2 / (1 + r²) times the degrees of freedom of one. Then each variance is
    drawn towards the pooled one of the table, as Smyth (2004) does; the arithmetic mean stands for
    what is usual, as it errs on the wide side where models are unlike. A model that never varies
    stays as it is and says nothing of the others.

    Args:
        test: By model, a metric of the test rows by seed; two seeds at least.
        valid: By model, the same metric of the validation rows; a model that lacks a seed of its
            own has no second reading.
    """
    samples = [np.array(list(values.values())) for values in test]
    own = [Spread(mean_and_variance(values)[1], len(values) - 1.0) for values in samples]
    varying = [i for i, spread in enumerate(own) if spread.variance > 0]
    if len(varying) < FEWEST:
        return own
    seconds = {i: second for i in varying if (second := _second(test[i], valid[i])) is not None}
    if len(seconds) >= FEWEST:
        own = _read_twice(own, samples, seconds)
    usual = float(np.mean([own[i].variance for i in varying]))
    return [spread if spread.variance == 0 else _drawn(spread, usual) for spread in own]


def contrast(first: BySeed, second: BySeed, of_first: Spread, of_second: Spread) -> Paired | None:
    """Return first - second over the seeds that both have; None if those are fewer than two.

    Seeds of unlike models share nothing that would show: over the committed results two models
    correlate by 0.00 on average, so the two variances add, with the degrees of freedom of Welch
    (1947), which are up to twice those of seed-by-seed differences. A difference that is the same
    with every seed has no variance.
    """
    seeds = sorted(first.keys() & second.keys())
    if len(seeds) < 2:
        return None
    n = len(seeds)
    mean, varies = mean_and_variance(np.array([first[seed] - second[seed] for seed in seeds]))
    if varies == 0:
        return Paired(mean, 0.0, n, n - 1.0)
    variance = of_first.variance + of_second.variance
    parts = sum(each.variance**2 / each.freedom for each in (of_first, of_second))
    return Paired(mean, variance, n, variance**2 / parts)


def _second(test: BySeed, valid: BySeed) -> NDArray[np.float64] | None:
    """Return the validation values of a model's seeds, if all are there and vary."""
    if not test.keys() <= valid.keys():
        return None
    values = np.array([valid[seed] for seed in test])
    return values if mean_and_variance(values)[1] > 0 else None


def _read_twice(
    own: Sequence[Spread],
    samples: Sequence[NDArray[np.float64]],
    seconds: Mapping[int, NDArray[np.float64]],
) -> list[Spread]:
    """Return the spreads with the second reading of those models that have one."""
    variances = {i: float(values.var(ddof=1)) for i, values in seconds.items()}
    scale = sum(own[i].variance for i in seconds) / sum(variances.values())
    alike = float(np.mean([np.corrcoef(samples[i], seconds[i])[0, 1] for i in seconds]))
    gain = 2 / (1 + alike**2)
    return [
        Spread((each.variance + scale * variances[i]) / 2, gain * each.freedom)
        if i in seconds
        else each
        for i, each in enumerate(own)
    ]


def _drawn(own: Spread, usual: float) -> Spread:
    freedom = WORTH + own.freedom
    return Spread((WORTH * usual + own.freedom * own.variance) / freedom, freedom)
