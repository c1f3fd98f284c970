"""Metrics: what each is called, which way is better, how it is shown, how it is computed.

Quality is computed in float64 from logits, never from probabilities: float32 sigmoids saturate
near 17 and turn distinct scores into ties. A metric that the rows do not define is None, and
`why_undefined` says why; it is never a number that looks like a result.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.bool_]
Logits = NDArray[np.float64]
Users = NDArray[np.int64]

BINS = 15
"""Number of bins of equal width over which calibration is measured."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One column of a table."""

    name: str
    unit: str
    higher_is_better: bool
    digits: int
    summary: str
    compute: Callable[[Labels, Logits, Users], float | None] | None = None
    """Function of labels, logits and user keys, each `(rows,)`; None for what is timed."""
    undefined: str = ""
    """The reason why some rows with finite logits leave it undefined."""
    needs_user: bool = False
    """Whether it says something of users, and so nothing of data without them."""


def auc(labels: Labels, logits: Logits, users: Users | None = None) -> float | None:
    """Chance that a positive row scores above a negative one, ties counting half.

    Mann and Whitney, 1947: counted in integers, so exact up to the one division.
    Undefined when the rows are all of one class.
    """
    positives, negatives = np.sort(logits[labels]), np.sort(logits[~labels])
    if not len(positives) or not len(negatives):
        return None
    # Negatives below a positive are counted twice, those that tie with it once.
    below = np.searchsorted(negatives, positives, "left")
    up_to = np.searchsorted(negatives, positives, "right")
    return int(below.sum() + up_to.sum()) / (2 * len(positives) * len(negatives))


def row_losses(labels: Labels, logits: Logits) -> NDArray[np.float64]:
    """Return each row's negative log-likelihood in nats, from its logit and so without clipping."""
    with np.errstate(invalid="ignore"):  # a NaN stays a NaN, without a warning
        losses: NDArray[np.float64] = np.logaddexp(0.0, np.where(labels, -logits, logits))
    return losses


def logloss(labels: Labels, logits: Logits, users: Users | None = None) -> float | None:
    """Mean negative log-likelihood in nats.

    Summed without rounding (Shewchuk, 1997), so that the order of the rows changes no bit of it.
    """
    if not len(labels):
        return None
    losses = row_losses(labels, logits)
    try:
        return math.fsum(losses.data) / len(losses)
    except OverflowError:  # each row's loss is finite, their sum is not
        return math.inf


def normalised_entropy(labels: Labels, logits: Logits, users: Users) -> float | None:
    """Logloss relative to that of always predicting the rows' positive rate.

    He et al., "Practical Lessons from Predicting Clicks on Ads at Facebook", 2014.
    Undefined when the rows are all of one class.
    """
    rate = labels.mean() if len(labels) else 0.0
    loss = logloss(labels, logits)
    if loss is None or rate in (0.0, 1.0):
        return None
    return float(loss / -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate)))


def calibration_error(labels: Labels, logits: Logits, users: Users) -> float | None:
    """Mean gap between predicted and observed rate over 15 bins of equal width.

    Expected calibration error; Naeini et al., 2015, and Guo et al., 2017.
    """
    if not len(labels):
        return None
    chances = np.exp(-np.logaddexp(0.0, -logits))
    bins = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(bins, weights=chances - labels, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def user_auc(labels: Labels, logits: Logits, users: Users) -> float | None:
    """AUC within each user's rows, averaged with the users' row counts as weights (gAUC).

    Zhu et al., "Optimized Cost per Click in Taobao Display Advertising", 2017. Users whose rows
    are all of one class define no AUC and are left out; `gauc_coverage` says how many remain.
    """
    if not len(users):
        return None
    order = np.lexsort((logits, users))
    users, scores, positive = users[order], logits[order], labels[order].astype(np.int64)
    new_user = np.append(True, users[1:] != users[:-1])
    new_score = np.append(True, scores[1:] != scores[:-1])
    # Rows of one user and score tie: each pair of them counts half, as in `auc`.
    ties = np.flatnonzero(new_user | new_score)
    starts = np.flatnonzero(new_user[ties])
    positives = np.add.reduceat(positive, ties)
    negatives = np.add.reduceat(1 - positive, ties)
    up_to = np.cumsum(negatives)
    halves = np.add.reduceat(positives * (2 * up_to - negatives), starts)
    # The running count began before the user's first row.
    user_positives = np.add.reduceat(positives, starts)
    user_negatives = np.add.reduceat(negatives, starts)
    halves -= 2 * (up_to - negatives)[starts] * user_positives
    pairs = user_positives * user_negatives
    mixed = pairs > 0
    if not mixed.any():
        return None
    rows = (user_positives + user_negatives)[mixed]
    return float(np.average(halves[mixed] / (2 * pairs[mixed]), weights=rows))


def user_auc_coverage(labels: Labels, logits: Logits, users: Users) -> float | None:
    """Share of the users whose rows hold both classes, and so define a gAUC."""
    if not len(users):
        return None
    _, key = np.unique(users, return_inverse=True)
    rows, positives = np.bincount(key), np.bincount(key, weights=labels)
    return float(np.mean((positives > 0) & (positives < rows)))


_ONE_CLASS = "all rows are of one class"
_NO_MIXED_USER = "no user has rows of both classes"
_NO_USER = "the data has no user"

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("auc", "", True, 4, "area under the ROC curve", auc, _ONE_CLASS),
        Metric("logloss", "nats", False, 4, "mean negative log-likelihood", logloss),
        Metric("ne", "", False, 4, "normalised entropy", normalised_entropy, _ONE_CLASS),
        Metric("ece", "", False, 4, "expected calibration error", calibration_error),
        Metric("gauc", "", True, 4, "AUC within users, by rows", user_auc, _NO_MIXED_USER, True),
        Metric(
            "gauc_coverage",
            "",
            True,
            3,
            "users that define a gAUC",
            user_auc_coverage,
            needs_user=True,
        ),
        Metric("train_samples_per_s", "rows/s", True, 0, "training rows per second"),
        Metric("predict_samples_per_s", "rows/s", True, 0, "rows scored per second at batch 4096"),
        Metric("predict_latency_p50_ms", "ms", False, 3, "median time to score one row"),
        Metric("predict_latency_p99_ms", "ms", False, 3, "99th percentile of that time"),
        Metric("time_to_best_s", "s", False, 2, "first step to the end of the tested epoch"),
        Metric("peak_rss_mib", "MiB", False, 0, "peak resident memory of the cell's process"),
    )
}


def evaluate(labels: Labels, logits: Logits, users: Users | None) -> dict[str, float | None]:
    """Return every quality metric of these rows; logits that are not finite define none.

    Without `users` there is none of the metrics that say something of users.
    """
    finite = bool(np.isfinite(logits).all())
    keys = np.arange(len(labels)) if users is None else users
    return {
        metric.name: metric.compute(labels, logits, keys)
        if finite and not (metric.needs_user and users is None)
        else None
        for metric in METRICS.values()
        if metric.compute
    }


def why_undefined(
    values: Mapping[str, float | None], labels: Labels, logits: Logits, users: Users | None
) -> dict[str, str]:
    """Return the reason of each metric that `evaluate` gave as None for these rows."""
    bad = np.flatnonzero(~np.isfinite(logits))
    reason = ""
    if not len(labels):
        reason = "there are no rows"
    elif len(bad):
        row = int(bad[0])
        reason = (
            f"{len(bad)} of {len(logits)} logits are not finite, "
            f"the first is {logits[row]} in row {row}"
        )
    reasons = {}
    for name, value in values.items():
        metric = METRICS[name]
        if value is None and metric.needs_user and users is None:
            reasons[name] = _NO_USER
        elif value is None:
            reasons[name] = reason or f"{metric.undefined} ({len(labels)} rows)"
    return reasons
