"""Sampled negatives against naive loops: whom they are of, what they hold, where they stand."""

from typing import Any

import numpy as np
import pytest

from fmbench.data import Table
from fmbench.data.options import options
from fmbench.data.splits.audit import split_facts
from fmbench.data.splits.negatives import with_negatives
from fmbench.data.splits.prepare import Keys, Prepared, prepare
from fmbench.errors import DataError, UsageError

ROWS, USERS, ITEMS = 400, 30, 25
PER = 3


def made(rate: Any = None, **more: Any) -> Table:
    """Return clicks: an item has a length, a word and tags, a user an age, a row a place."""
    random = np.random.default_rng(0)
    user, item = random.integers(USERS, size=ROWS), random.integers(ITEMS, size=ROWS)
    length = np.where(np.arange(ITEMS) % 7 == 0, np.nan, np.arange(ITEMS) / 2)
    tags = [[f"t{i % 4}", f"t{i % 3}"] for i in range(ITEMS)]
    columns = {
        "user": user,
        "age": 20.0 + user % 9,
        "movie": item,
        "length": length[item],
        "word": [f"w{i % 5}" for i in item],
        "tags": [tags[i] for i in item],
        "matrix": np.stack((item % 2, item % 3), 1),
        "place": random.integers(4, size=ROWS),
    }
    times = 1_500_000_000 + random.integers(10**7, size=ROWS)
    return Table.from_columns(
        columns | more, rate=np.ones(ROWS) if rate is None else rate, time=times
    )


def prepared(table: Table, **args: Any) -> Prepared:
    chosen = options(
        "kmrd-small", {"label": "rate>0", "duplicates": "keep", "negatives": PER, **args}
    )
    return prepare(table, Keys.of(table), chosen)


def told(table: Table, name: str) -> list[Any]:
    """Return what each row holds in a column, as one compares it."""
    column: Any = table.columns[name]
    index = getattr(column, "index", None)
    values = column.values if index is None else column.values[index]
    return [str(value) for value in values]


def test_each_positive_row_has_its_negatives_in_its_part() -> None:
    table = made()
    found = prepared(table)
    fewer = prepared(table, negatives=1)
    for part, rows in found.parts.items():
        read = rows[rows < ROWS]
        assert read.tolist() == [row for row in fewer.parts[part] if row < ROWS]
        assert len(rows) == (1 + PER) * len(read)
        assert found.labels[rows].sum() == len(read)
    sampled = np.concatenate([rows[rows >= ROWS] for rows in found.parts.values()])
    assert sorted(sampled.tolist()) == list(range(ROWS, ROWS * (1 + PER)))
    assert found.sampled == PER * ROWS
    assert len(found.kept) == len(found.table) == len(found.labels)


def test_none_was_had_anywhere_and_all_are_items_of_training() -> None:
    found = prepared(made())
    users, items = told(found.table, "user"), told(found.table, "movie")
    had = set(zip(users[:ROWS], items[:ROWS], strict=True))
    offered = {items[row] for row in found.parts["train"] if row < ROWS}
    drawn = set()
    for row in range(ROWS, len(found.table)):
        assert (users[row], items[row]) not in had
        assert items[row] in offered
        drawn.add(items[row])
    assert drawn == offered


def test_an_item_that_training_lacks_is_never_drawn() -> None:
    table = made()
    rare = np.asarray(table.columns["movie"].keys() == 3)  # type: ignore[union-attr]
    part = np.where(rare, "test", np.where(np.arange(ROWS) % 3 == 0, "valid", "train"))
    columns = {"user": np.arange(ROWS) % USERS, "movie": table.columns["movie"].keys()}  # type: ignore[union-attr]
    found = prepared(Table.from_columns(columns, rate=np.ones(ROWS), part=part), split="given")
    items = told(found.table, "movie")
    assert "3" in items[:ROWS]
    assert "3" not in items[ROWS:]


def test_a_row_is_like_its_positive_but_for_what_belongs_to_the_item() -> None:
    found = prepared(made())
    table = found.table
    of = {name: told(table, name) for name in table.columns}
    by_item = {item: row for row, item in enumerate(of["movie"][:ROWS])}
    assert table.time is not None
    for rows in found.parts.values():
        like = np.repeat(rows[rows < ROWS], PER)
        for row, positive in zip(rows[rows >= ROWS], like, strict=True):
            for name in ("user", "age", "place"):
                assert of[name][row] == of[name][positive], name
            for name in ("length", "word", "tags", "matrix"):
                assert of[name][row] == of[name][by_item[of["movie"][row]]], name
            assert table.time[row] == table.time[positive]


def test_a_user_stays_where_each_item_was_had_once() -> None:
    """Each column then has one value for each item, and is not the item's for all that."""
    user = np.repeat(np.arange(20), 5)
    table = Table.from_columns(
        {"user": user, "age": 1.0 * user, "movie": np.arange(100)}, rate=np.ones(100)
    )
    found = prepared(table)
    users, items = told(found.table, "user"), told(found.table, "movie")
    ages = told(found.table, "age")
    had = set(zip(users[:100], items[:100], strict=True))
    assert had.isdisjoint(zip(users[100:], items[100:], strict=True))
    assert all(float(user) == float(age) for user, age in zip(users, ages, strict=True))


def test_a_features_of_items_come_along_where_each_user_came_once() -> None:
    item = np.arange(200) % 10
    table = Table.from_columns(
        {"user": np.arange(200), "movie": item, "length": 1.0 * item}, rate=np.ones(200)
    )
    found = prepared(table)
    items, lengths = told(found.table, "movie"), told(found.table, "length")
    assert [float(item) for item in items] == [float(length) for length in lengths]


def test_rows_that_are_negative_already_have_none() -> None:
    rate = np.arange(ROWS) % 4
    found = prepared(made(rate))
    assert found.sampled == PER * int((rate > 0).sum())
    assert found.labels[:ROWS].tolist() == (rate > 0).tolist()


def test_its_seed_decides_the_drawing() -> None:
    table = made()
    first, again = (told(prepared(table).table, "movie") for _ in range(2))
    other = told(prepared(table, split_seed=1).table, "movie")
    assert first == again != other


def test_the_audit_counts_them_apart() -> None:
    facts = split_facts(prepared(made()))
    assert (facts["rows_read"], facts["rows_dropped"], facts["rows_kept"]) == (ROWS, 0, ROWS)
    assert facts["sampled_negatives"] == PER * ROWS
    assert facts["positive_share"] == 0.25
    assert facts["parts"]["test"] == {"rows": 160, "positives": 40, "positive_share": 0.25}
    assert "sampled_negatives" not in split_facts(prepared(made(np.arange(ROWS) % 2), negatives=0))


def test_who_had_everything_is_named() -> None:
    everything = {"user": np.repeat(np.arange(8), 6), "movie": np.tile(np.arange(6), 8)}
    table = Table.from_columns(everything, rate=np.ones(48))
    with pytest.raises(DataError, match="rows are of users that had nearly all of the 6 items"):
        prepared(table)


@pytest.mark.parametrize("absent", ["user", "item"])
def test_they_need_a_user_and_an_item(absent: str) -> None:
    whole = made()
    table = Table(whole.columns, whole.rate, **{"user": "user", "item": "movie", absent: None})
    keys = Keys.of(table)
    with pytest.raises(UsageError, match="expected a user and an item"):
        with_negatives(
            table, keys.user, keys.item, np.ones(ROWS, np.uint8), {}, per_positive=1, seed=0
        )


@pytest.mark.parametrize(
    ("absent", "way_on"), [(None, "data.negatives=2"), ("user", "of users and one")]
)
def test_positives_alone_are_refused_with_the_way_on(absent: str | None, way_on: str) -> None:
    whole = made()
    table = Table(whole.columns, whole.rate, user=None if absent else "user", item="movie")
    with pytest.raises(DataError, match="has one class") as caught:
        prepared(table, negatives=0)
    assert way_on in caught.value.hint
