"""What an ablation takes away: fields from what models get, rows from what they learn from."""

from pathlib import Path

import numpy as np
import pytest

from fmbench.data import Where, load
from fmbench.errors import UnknownName, UsageError

FULL = {"fields": "full"}


def test_models_do_not_get_a_field_that_is_left_out(where: Where, metadata: Path) -> None:
    whole = load("ratings", FULL, where)
    without = load("ratings", {**FULL, "without": ["genres", "user"]}, where)
    names = [field.name for field in whole.fields]
    assert [f.name for f in without.fields] == [n for n in names if n not in ("genres", "user")]
    only = load("ratings", {**FULL, "only": ["movie", "hour"]}, where)
    assert [field.name for field in only.fields] == ["movie", "hour"]
    assert only.test.ids.shape[1] == 2
    for part in (without, only):  # rows, labels and users stay: metrics by user, too
        assert np.array_equal(part.test.users, whole.test.users)
        assert np.array_equal(part.test.labels, whole.test.labels)
        assert part.fingerprint != whole.fingerprint


def test_a_field_that_is_not_there_cannot_be_left_out(where: Where, metadata: Path) -> None:
    with pytest.raises(UnknownName, match="unknown field 'genre'; did you mean 'genres'"):
        load("ratings", {**FULL, "without": ["genre"]}, where)
    with pytest.raises(UnknownName, match="unknown field 'hour'"):
        load("ratings", {"only": ["hour"]}, where)
    with pytest.raises(UsageError, match="expected to leave a field"):
        load("ratings", {"without": ["user", "movie"]}, where)


def test_fewer_training_rows_leave_the_others_alone(where: Where) -> None:
    whole, half = load("ratings", {}, where), load("ratings", {"train_share": 0.5}, where)
    assert len(half.train) == round(len(whole.train) / 2)
    for part in ("valid", "test"):
        assert np.array_equal(getattr(half, part).users, getattr(whole, part).users)
    assert half.audit["parts"]["train"]["rows"] == len(half.train)
