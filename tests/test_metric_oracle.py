"""Ten thousand drawn cases of each metric against arithmetic that does not round."""

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from fmbench.metrics import auc, logloss, user_auc

SEED, CASES = 20_240_117, 10_000
Labels, Logits, Users = NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]
Metric = Callable[[Labels, Logits, Users], float | None]


def cases() -> Iterator[tuple[Labels, Logits, Users]]:
    """Draw up to 24 rows of a few scores: many tie, some differ by a bit, many are saturated."""
    draw = np.random.default_rng(SEED)
    pool = scores(draw)
    for _ in range(CASES):
        rows = draw.integers(25)
        few = draw.choice(pool, draw.integers(1, 25))
        labels = draw.random(rows) < draw.choice([0.02, 0.3, 0.5, 0.9])
        yield labels, draw.choice(few, rows), draw.integers(-2, draw.integers(-1, 6), rows)


def scores(draw: np.random.Generator) -> Logits:
    """Draw scores of every size up to 1000 that float32 holds, each with a neighbour."""
    sizes = np.repeat([1e-30, 1e-3, 1, 17, 50, 1000], 50)
    drawn = draw.uniform(-sizes, sizes).astype(np.float32)
    ends = np.array([0.0, -0.0, 50, -50, 1000, -1000], np.float32)
    return np.concatenate([drawn, np.nextafter(drawn, np.float32(0)), ends]).astype(np.float64)


def counted(labels: Labels, logits: Logits) -> Fraction | None:
    """Compare every positive with every negative."""
    positives, negatives = logits[labels][:, None], logits[~labels]
    pairs = len(positives) * len(negatives)
    halves = 2 * int((positives > negatives).sum()) + int((positives == negatives).sum())
    return Fraction(halves, 2 * pairs) if pairs else None


def is_auc(found: float | None, labels: Labels, logits: Logits, users: Users) -> bool:
    """Tell whether it is the nearest float64."""
    exact = counted(labels, logits)
    return found == (None if exact is None else float(exact))


def is_user_auc(found: float | None, labels: Labels, logits: Logits, users: Users) -> bool:
    """Tell whether it is within four units in the last place."""
    mine = [users == user for user in np.unique(users)]
    aucs = [(counted(labels[rows], logits[rows]), int(rows.sum())) for rows in mine]
    mixed = [(a, n) for a, n in aucs if a is not None]
    if found is None or not mixed:
        return found is None and not mixed
    exact = sum((a * n for a, n in mixed), Fraction()) / sum(n for _, n in mixed)
    return abs(Fraction(found) - exact) <= 4 * Fraction(np.spacing(float(exact)))


def is_logloss(found: float | None, labels: Labels, logits: Logits, users: Users) -> bool:
    """Tell whether it is within 1e-12 of its size, down to the smallest normal float64."""
    losses = [loss(margin) for margin in np.where(labels, logits, -logits).tolist()]
    if found is None or not losses:
        return found is None and not losses
    exact = sum(losses, Decimal()) / len(losses)
    return abs(Decimal(found) - exact) <= exact * Decimal("1e-12") + Decimal(sys.float_info.min)


@cache
def loss(margin: float) -> Decimal:
    """Return ln(1 + exp(-margin)), with digits enough that the sum is not 1."""
    with localcontext() as context:
        context.prec = 40 + int(abs(margin) / 2)
        return (1 + (-Decimal(margin)).exp()).ln()


JUDGES = {auc: is_auc, user_auc: is_user_auc, logloss: is_logloss}


@pytest.mark.parametrize("metric", JUDGES, ids=lambda metric: metric.__name__)
def test_a_metric_is_what_exact_arithmetic_says(
    metric: Metric, record_property: Callable[[str, object], None]
) -> None:
    judge, tried, defined = JUDGES[metric], 0, 0
    for case in cases():
        found = metric(*case)
        assert judge(found, *case), (found, case)
        tried += 1
        defined += found is not None
    assert tried == CASES
    assert defined > CASES / 2
    line = f"{metric.__name__}: {tried:,} cases, {defined:,} defined, 0 wrong; seed {SEED}"
    record_property("shown", line)


def with_ties_won(labels: Labels, logits: Logits, users: Users) -> float | None:
    positives, negatives = logits[labels][:, None], logits[~labels]
    wins = positives >= negatives
    return float(wins.mean()) if wins.size else None


def of_chances(labels: Labels, logits: Logits, users: Users) -> float | None:
    with np.errstate(over="ignore"):
        return auc(labels, 1 / (1 + np.exp(-logits.astype(np.float32))).astype(np.float64))


def with_users_alike(labels: Labels, logits: Logits, users: Users) -> float | None:
    mine = [users == user for user in np.unique(users)]
    aucs = [a for rows in mine if (a := auc(labels[rows], logits[rows])) is not None]
    return float(np.mean(aucs)) if aucs else None


def with_clipping(labels: Labels, logits: Logits, users: Users) -> float | None:
    with np.errstate(over="ignore"):
        chances = np.clip(1 / (1 + np.exp(-logits)), 1e-15, 1 - 1e-15)
    losses = -np.log(np.where(labels, chances, 1 - chances))
    return float(losses.mean()) if len(losses) else None


def in_float32(labels: Labels, logits: Logits, users: Users) -> float | None:
    margins = np.where(labels, -logits, logits).astype(np.float32)
    return float(np.logaddexp(np.float32(0), margins).mean()) if len(margins) else None


@pytest.mark.parametrize(
    ("metric", "wrong"),
    [
        (auc, with_ties_won),
        (auc, of_chances),
        (user_auc, with_users_alike),
        (logloss, with_clipping),
        (logloss, in_float32),
    ],
)
def test_a_planted_mistake_is_found_within_a_hundred_cases(metric: Metric, wrong: Metric) -> None:
    judge = JUDGES[metric]
    assert not all(judge(wrong(*case), *case) for case in islice(cases(), 100))
