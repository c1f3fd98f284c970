"""AUC and logloss of many rows.

Bytes: a float64 logit and a one-byte label a row. Operations: of AUC the comparisons of a sort,
n log2 n; of logloss 5 a row, exponential and logarithm counted as one each.
"""

import math

import numpy as np
import pytest
from micro import naive_loss
from scipy.stats import rankdata

from fmbench.metrics import auc, logloss

every_size = pytest.mark.parametrize("rows", [100_000, 1_000_000])


def drawn(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels and logits that know something of them, with ties."""
    draw = np.random.default_rng(0)
    labels = draw.random(rows) < 0.25
    return labels, np.round(draw.normal(labels * 1.0), 4)


@every_size
def test_auc(measure, rows):
    labels, logits = drawn(rows)
    value = measure(auc, labels, logits, moves=9 * rows, operations=rows * math.log2(rows))
    positives = int(labels.sum())
    above = rankdata(logits)[labels].sum() - positives * (positives + 1) / 2
    assert value == pytest.approx(above / (positives * (rows - positives)), abs=1e-12)
    labels, logits = labels[:1000], logits[:1000]
    pairs = np.sign(logits[labels][:, None] - logits[~labels])
    assert auc(labels, logits) == pytest.approx((pairs.mean() + 1) / 2, abs=1e-12)


@every_size
def test_logloss(measure, rows):
    labels, logits = drawn(rows)
    value = measure(logloss, labels, logits, moves=9 * rows, operations=5 * rows)
    assert value == pytest.approx(naive_loss(logits, labels), rel=1e-12)
