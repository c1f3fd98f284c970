"""Leaks: what tells the label too well is named, and what tells it honestly is not."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

from fmbench.data.infer.leaks import SUSPICIOUS, leaks

from .conftest import column

ROWS = 2_000
random = np.random.default_rng(7)
LABEL = random.random(ROWS) < 0.3
NOISE = random.normal(size=ROWS)


def texts(values: Sequence[object] | npt.NDArray[np.generic]) -> list[str | None]:
    return [None if value is None else str(value) for value in np.asarray(values, object)]


def noisy(shift: float) -> list[str | None]:
    """Return numbers that order the label with an AUC of Φ(shift / √2)."""
    return texts(np.round(NOISE + shift * LABEL, 6))


LEAKS = {
    "a copy": texts(LABEL.astype(int)),
    "its negation": texts(~LABEL),
    "in words": texts(np.where(LABEL, "bought", "left")),
    "a number that orders it": noisy(6),
    "one that orders it backwards": texts(-(NOISE + 6 * LABEL)),
    "finer than it": texts([f"{'b' if y else 'a'}{i % 9}" for i, y in enumerate(LABEL)]),
    "there where it is positive": texts([f"{i % 50}" if y else None for i, y in enumerate(LABEL)]),
    "a number that is missing where it is negative": texts(
        [f"{NOISE[i]:.3f}" if y else None for i, y in enumerate(LABEL)]
    ),
}
HONEST = {
    "a strong feature of AUC 0.9": noisy(1.8124),
    "a very strong one of AUC 0.96": noisy(2.476),
    "noise": noisy(0),
    "a category that tells much": texts(
        [f"c{i % 9 if random.random() < 0.6 else 20 + y}" for i, y in enumerate(LABEL)]
    ),
    "an id that no row has twice": texts([f"row {i}" for i in range(ROWS)]),
    "an id of two rows": texts([f"row {i // 2}" for i in range(ROWS)]),
    "the order of the rows": texts(range(ROWS)),
}


@pytest.mark.parametrize("case", LEAKS)
def test_what_tells_the_label_is_named(case: str) -> None:
    ((name, auc),) = leaks([column(LEAKS[case], case)], LABEL)
    assert name == case
    assert SUSPICIOUS < auc <= 1


@pytest.mark.parametrize("case", HONEST)
def test_what_tells_it_honestly_is_not_named(case: str) -> None:
    assert list(leaks([column(HONEST[case], case)], LABEL)) == []


def test_the_auc_is_that_of_half_of_the_rows() -> None:
    ((_, auc),) = leaks([column(noisy(4), "x")], LABEL)
    half = np.random.default_rng(0).random(ROWS) < 0.5
    assert auc == pytest.approx(roc_auc_score(LABEL[half], (NOISE + 4 * LABEL)[half]), abs=1e-4)


def test_labels_that_take_turns_hide_no_leak() -> None:
    label = np.arange(ROWS) % 2 == 1
    ((name, _),) = leaks([column(texts(label), "copy")], label)
    assert name == "copy"


def test_each_column_is_judged_by_itself() -> None:
    columns = [column(cells, case) for case, cells in {**HONEST, **LEAKS}.items()]
    assert [name for name, _ in leaks(columns, LABEL)] == list(LEAKS)


@pytest.mark.parametrize("positives", [0, 40, ROWS])
def test_of_few_rows_nothing_is_said(positives: int) -> None:
    label = np.arange(ROWS) < positives
    assert list(leaks([column(texts(label), "copy")], label)) == []
