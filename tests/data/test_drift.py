"""Fields of drift against a loop a reader can check, and what no row may know of another."""

from datetime import UTC, datetime

import numpy as np
import pytest

from fmbench.data.columns import ABSENT
from fmbench.data.derived.drift import drift_columns
from fmbench.data.splits.prepare import Keys, Prepared
from fmbench.data.table import Table

DAY = 86_400
N, N_TRAIN, N_TEST = 400, 300, 50


@pytest.fixture
def prepared() -> Prepared:
    rng = np.random.default_rng(5)
    user, page = rng.integers(60, size=N), rng.integers(80, size=N)
    time = 1_500_000_000 + (300 * DAY * rng.random(N) ** 4).astype(np.int64)
    table = Table.from_columns(
        {"visitor": user, "page": page}, rate=np.arange(N), time=time, user="visitor", item="page"
    )
    rows = np.split(rng.permutation(N), [N_TRAIN, N - N_TEST])
    parts = dict(zip(("train", "valid", "test"), map(np.sort, rows), strict=True))
    return Prepared(table, Keys.of(table), np.zeros(N, dtype=np.uint8), np.arange(N), parts)


def values(prepared: Prepared, name: str) -> list[int]:
    column = drift_columns(prepared)[name]
    assert column.index is not None
    found: list[int] = column.values[column.index].tolist()
    return found


def training_times(prepared: Prepared, key: list[int]) -> dict[int, list[int]]:
    times: dict[int, list[int]] = {}
    for row in prepared.parts["train"].tolist():
        times.setdefault(key[row], []).append(int(prepared.table.time[row]))
    return times


def test_they_are_named_after_the_keys(prepared: Prepared) -> None:
    names = ["visitor_year", "visitor_month", "visitor_day", "page_age"]
    assert list(drift_columns(prepared)) == names


@pytest.mark.parametrize(
    ("period", "pattern"), [("year", "%Y"), ("month", "%Y%m"), ("day", "%Y%m%d")]
)
def test_a_user_in_a_period_is_one_value(prepared: Prepared, period: str, pattern: str) -> None:
    users, times = prepared.keys.user.tolist(), prepared.table.time.tolist()
    if period == "year":  # the last training year goes on
        known = training_times(prepared, users)
        times = [
            min(time, max(known.get(user, [time]))) for user, time in zip(users, times, strict=True)
        ]
    dates = [datetime.fromtimestamp(time, UTC).strftime(pattern) for time in times]
    expected = list(zip(users, dates, strict=True))
    found = values(prepared, f"visitor_{period}")
    assert len(set(zip(expected, found, strict=True))) == len(set(expected)) == len(set(found))


def test_age_counts_doublings_of_days_since_the_first_training_rating(prepared: Prepared) -> None:
    items, times = prepared.keys.item.tolist(), prepared.table.time.tolist()
    known = training_times(prepared, items)
    expected = [
        max(0, (time - min(known[item])) // DAY).bit_length() if item in known else ABSENT
        for item, time in zip(items, times, strict=True)
    ]
    assert values(prepared, "page_age") == expected
    assert {ABSENT, 0, 1, 2, 5, 8} < set(expected)


def test_no_row_knows_the_time_of_another_outside_of_training(prepared: Prepared) -> None:
    moved = int(prepared.parts["test"][0])
    before = {name: values(prepared, name) for name in drift_columns(prepared)}
    # Within the years there are, so that values keep their numbers.
    prepared.table.time[moved] = int(prepared.table.time.min()) + DAY
    for name, old in before.items():
        changed = np.flatnonzero(np.array(values(prepared, name)) != old)
        assert set(changed.tolist()) <= {moved}, name
    assert values(prepared, "visitor_day") != before["visitor_day"]
