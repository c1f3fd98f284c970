"""Other users, other seeds: the bootstrap over both at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fmbench.stats.interval import Interval

Labels = NDArray[np.bool_]
Logits = NDArray[np.floating]

METRICS = ("auc", "logloss")


def two_way_bootstrap(
    labels: Labels,
    users: NDArray[np.int64],
    first: Sequence[Logits],
    second: Sequence[Logits],
    metric: str,
    *,
    draws: int = 2_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the mean over seeds of metric(first) - metric(second), with its interval.

    Each draw takes users with all their rows, since rows of one user are not independent, and
    seeds, the same for both models: Owen (2007), who calls this the pigeonhole bootstrap and shows
    that it errs on the wide side. Percentile bounds.

    Args:
        labels: `(rows,)`.
        users: `(rows,)`, any keys.
        first: The logits of one model, `(rows,)` for each seed.
        second: Those of the other, in the same order of seeds.
        metric: "auc" or "logloss".
        draws: How often to draw.
        confidence: Of the interval.
        seed: Of the draws.
    """
    n = len(first)
    differences = [_Weighted(metric, labels, a, b) for a, b in zip(first, second, strict=True)]
    _, key = np.unique(users, return_inverse=True)
    count = int(key.max()) + 1
    random = np.random.default_rng(seed)
    drawn = np.empty(draws)
    for i in range(draws):
        weights = np.bincount(random.integers(count, size=count), minlength=count)[key]
        chosen = np.bincount(random.integers(n, size=n), minlength=n)
        values = [differences[s](weights) for s in np.flatnonzero(chosen)]
        drawn[i] = np.average(values, weights=chosen[chosen > 0])
    ones = np.ones(len(labels), np.int64)
    mean = float(np.mean([difference(ones) for difference in differences]))
    # A draw without a row of one class defines no AUC.
    low, high = np.nanquantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(mean, float(low), float(high), n)


class _Weighted:
    """The difference of a metric between two models, by how often each row is drawn."""

    def __init__(self, metric: str, labels: Labels, first: Logits, second: Logits) -> None:
        if metric not in METRICS:
            raise ValueError(f"metric is {metric!r}; expected one of {METRICS}")
        self.parts: list[_Ranked] = []
        self.losses = None
        if metric == "auc":
            self.parts = [_Ranked(labels, scores) for scores in (first, second)]
        else:
            self.losses = _loss(labels, first) - _loss(labels, second)

    def __call__(self, weights: NDArray[np.int64]) -> float:
        if self.losses is not None:
            return float(np.average(self.losses, weights=weights))
        return self.parts[0].auc(weights) - self.parts[1].auc(weights)


class _Ranked:
    """Rows in the order of their scores, sorted once for all draws."""

    def __init__(self, labels: Labels, scores: Logits) -> None:
        self.order = np.argsort(scores, kind="stable")
        ordered = scores[self.order]
        self.positive = labels[self.order]
        self.starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))

    def auc(self, weights: NDArray[np.int64]) -> float:
        """Count pairs in integers, rows that tie as one half, each row as often as it was drawn."""
        drawn = weights[self.order]
        positives = np.add.reduceat(np.where(self.positive, drawn, 0), self.starts)
        negatives = np.add.reduceat(np.where(self.positive, 0, drawn), self.starts)
        up_to = np.cumsum(negatives)
        halves = int((positives * (2 * up_to - negatives)).sum())
        pairs = 2 * int(positives.sum()) * int(up_to[-1])
        return halves / pairs if pairs else float("nan")


def _loss(labels: Labels, logits: Logits) -> NDArray[np.float64]:
    losses: NDArray[np.float64] = np.logaddexp(0.0, np.where(labels, -logits, logits))
    return losses
