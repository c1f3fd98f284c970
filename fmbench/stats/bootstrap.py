"""Other users, other seeds: the bootstrap over both at once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fmbench.metrics import Labels, Users, row_losses
from fmbench.stats.interval import CONFIDENCE, Interval, student

Logits = NDArray[np.floating]

METRICS = ("auc", "logloss")


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A metric of several models, on the rows at hand and on rows drawn anew."""

    actual: Mapping[str, float]
    """The mean over seeds."""
    users: Mapping[str, NDArray[np.float64]]
    """`(draws,)`, the mean over seeds for drawn users; the nth of each model is of the same."""
    shifts: Mapping[str, NDArray[np.float64]]
    """`(draws,)`, the shift of the mean when seeds are drawn too, the same ones for all models."""
    seeds: int

    def difference(self, first: str, second: str) -> Interval:
        """Return first - second with its 95 % interval, of percentiles.

        Few seeds that are drawn from themselves scatter less than new ones would. Their part is
        stretched, so that alone it would reach the bounds of Student's t.
        """
        moved = self.users[first] - self.users[second]
        moved += _stretch(self.seeds) * (self.shifts[first] - self.shifts[second])
        # A draw without a row of one class defines no AUC.
        low, high = np.nanquantile(moved, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        mean = self.actual[first] - self.actual[second]
        return Interval(mean, float(low), float(high), self.seeds)


def _stretch(seeds: int) -> float:
    """Return how much wider than a mean of drawn seeds scatters its interval must be."""
    if seeds == 1:
        return 0.0
    normal = student(math.inf, CONFIDENCE)
    return math.sqrt(seeds / (seeds - 1)) * student(seeds - 1, CONFIDENCE) / normal


def two_way_bootstrap(
    labels: Labels,
    users: Users,
    logits: Mapping[str, Sequence[Logits]],
    metric: str,
    *,
    draws: int = 1_000,
    seed: int = 0,
) -> Drawn:
    """Draw users with all their rows, and seeds, and see what each model's metric becomes.

    Rows of one user are not independent, so users are drawn, and the same ones for all models; and
    so with seeds: Owen (2007), who calls this the pigeonhole bootstrap and shows that it errs on
    the wide side where there are many of both. For few seeds see `Drawn.difference`.

    Args:
        labels: `(rows,)`.
        users: `(rows,)`, any keys.
        logits: By model, `(rows,)` for each seed, the same seeds in the same order.
        metric: "auc" or "logloss".
        draws: How often to draw.
        seed: The seed of the draws.
    """
    if metric not in METRICS:
        raise ValueError(f"metric is {metric!r}; expected one of {METRICS}")
    kind = _Auc if metric == "auc" else _Loss
    models = {name: [kind(labels, each) for each in of] for name, of in logits.items()}
    n = len(next(iter(models.values())))
    _, key = np.unique(users, return_inverse=True)
    count = int(key.max()) + 1
    random = np.random.default_rng(seed)
    drawn = {name: np.empty(draws) for name in models}
    shifts = {name: np.empty(draws) for name in models}
    for i in range(draws):
        weights = np.bincount(random.integers(count, size=count), minlength=count)[key]
        often = np.bincount(random.integers(n, size=n), minlength=n)
        for name, of in models.items():
            values = [each(weights) for each in of]
            drawn[name][i] = np.mean(values)
            shifts[name][i] = np.average(values, weights=often) - drawn[name][i]
    ones = np.ones(len(labels), np.int64)
    actual = {name: float(np.mean([each(ones) for each in of])) for name, of in models.items()}
    return Drawn(actual, drawn, shifts, n)


class _Auc:
    """AUC by how often each row is drawn; the rows are sorted once for all draws."""

    def __init__(self, labels: Labels, logits: Logits) -> None:
        self.order = np.argsort(logits, kind="stable")
        ordered = logits[self.order]
        self.positive = labels[self.order].astype(np.int64)
        self.starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))

    def __call__(self, weights: NDArray[np.int64]) -> float:
        """Count pairs in integers, rows that tie as one half."""
        drawn = weights[self.order]
        positives = drawn * self.positive
        negatives = drawn - positives
        if len(self.starts) < len(drawn):
            positives = np.add.reduceat(positives, self.starts)
            negatives = np.add.reduceat(negatives, self.starts)
        up_to = np.cumsum(negatives)
        halves = 2 * int(positives @ up_to) - int(positives @ negatives)
        pairs = 2 * int(positives.sum()) * int(up_to[-1])
        return halves / pairs if pairs else float("nan")


class _Loss:
    """Logloss by how often each row is drawn."""

    def __init__(self, labels: Labels, logits: Logits) -> None:
        self.losses = row_losses(labels, logits.astype(np.float64))

    def __call__(self, weights: NDArray[np.int64]) -> float:
        return float(self.losses @ weights / weights.sum())
