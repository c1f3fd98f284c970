"""One-hot columns against a loop, and LR on them against LR on dense columns."""

import numpy as np
import pytest

from fmbench.baselines import BASELINES
from fmbench.baselines._columns import one_hot
from fmbench.data import Split
from fmbench.fields import Field

FIELDS = (Field("user", 12), Field("genres", 7, width=3), Field("hour", 5))


def rows(n: int = 300) -> Split:
    rng = np.random.default_rng(0)
    ids = np.stack([rng.integers(2, f.cardinality, n) for f in FIELDS for _ in range(f.width)], 1)
    ids[:, 1:4] *= rng.integers(0, 2, (n, 3))
    labels = rng.random(n) < 0.3 + 0.4 * (ids[:, 0] % 2)
    return Split(ids.astype(np.int32), labels.astype(np.uint8), ids[:, 0], np.arange(len(ids)))


def dense(ids: np.ndarray) -> np.ndarray:
    whole = np.zeros((len(ids), 24))
    for row, (user, a, b, c, hour) in enumerate(ids.tolist()):
        whole[row, user] = 1
        genres = [value for value in (a, b, c) if value]
        for value in genres:
            whole[row, 12 + value] += 1 / len(genres)
        whole[row, 19 + hour] = 1
    return whole


def test_one_hot_columns_are_those_of_a_loop() -> None:
    split = rows()
    split.ids[0] = 1  # unseen is an id like others, padding is none
    split.ids[1, 1:4] = 0
    found = one_hot(FIELDS, split.ids)
    assert found.nnz == (split.ids != 0).sum()
    assert found.toarray() == pytest.approx(dense(split.ids))


def test_a_number_is_a_column_of_its_values() -> None:
    size = Field("size", 6, kind="numeric", first_bin=3, values=(-1.25, 0.5, 2.0))
    ids = np.array([[0, 2, 1], [1, 3, 2], [2, 4, 3], [2, 5, 1]], dtype=np.int32)
    assert one_hot((Field("a", 3), size, Field("b", 4)), ids).toarray().tolist() == [
        [0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 0, -1.25, 0, 0, 1, 0],
        [0, 0, 1, 0, 0, 0, 0.5, 0, 0, 0, 1],
        [0, 0, 1, 0, 0, 0, 2.0, 0, 1, 0, 0],
    ]


def test_it_is_scikit_learns_own_on_dense_columns() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    split = rows()
    model = BASELINES["sklearn_lr"].build(C=0.7)
    model.fit(FIELDS, split, split, seed=0, threads=1)
    other = linear.LogisticRegression(C=0.7, tol=1e-8, max_iter=1000)
    other.fit(dense(split.ids), split.labels)
    expected = other.decision_function(dense(split.ids))
    assert model.logits(split.ids) == pytest.approx(expected, abs=1e-3)
    assert model.parameters == 25


def test_what_is_not_at_the_optimum_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setattr("fmbench.baselines.sklearn_lr.MAX_ITER", 1)
    model = BASELINES["sklearn_lr"].build()
    with pytest.raises(UserWarning, match="converge"):
        model.fit(FIELDS, rows(), rows(), seed=0, threads=1)
