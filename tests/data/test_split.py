"""Duplicates and splits, on cases worked out by hand and by properties."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.data.columns import Column
from fmbench.data.options import options
from fmbench.data.splits.audit import raw_facts, split_facts
from fmbench.data.splits.label import counted
from fmbench.data.splits.prepare import Keys, prepare
from fmbench.data.splits.split import drawn, every, kept_rows, repeated, split_rows
from fmbench.data.table import Table
from fmbench.errors import DataError, UnknownName, UsageError

RATIOS = [0.8, 0.1, 0.1]


def ints(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def bare(time: np.ndarray) -> Table:
    return Table({}, np.zeros(len(time)), time)


def kept(pair: np.ndarray, time: np.ndarray, duplicates: str) -> np.ndarray:
    return np.arange(len(time))[kept_rows(bare(time), lambda rows: pair[rows], duplicates)]


def parted(
    split: str, ratios: list[float], seed: int, user: np.ndarray, time: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    args = {"split": split, "ratios": ratios, "split_seed": seed}
    return split_rows(bare(time), user, every(len(time)), args)


def test_duplicates_by_time_and_ties_by_the_file() -> None:
    pair = ints([5, 3, 5, 5, 3, 9, 3])
    time = ints([20, 7, 30, 10, 7, 1, 7])
    assert repeated(pair).tolist() == [0, 1, 2, 3, 4, 6]
    assert kept(pair, time, "last").tolist() == [2, 5, 6]
    assert kept(pair, time, "first").tolist() == [1, 3, 5]
    assert kept(pair, time, "keep").tolist() == list(range(7))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=20))
def test_one_row_of_each_pair_stays(rows: list[tuple[int, int]]) -> None:
    pair, time = ints([p for p, _ in rows]), ints([t for _, t in rows])
    for policy, best in (("last", max), ("first", min)):
        expected = {}
        for row, (p, t) in enumerate(rows):
            expected.setdefault(p, []).append((t, row))
        assert kept(pair, time, policy).tolist() == sorted(
            best(group)[1] for group in expected.values()
        )


def test_random_split_has_exact_sizes_and_its_own_seed() -> None:
    user = time = np.zeros(1000, dtype=np.int64)
    parts = parted("random", RATIOS, 0, user, time)
    assert [len(part) for part in parts] == [800, 100, 100]
    assert sorted(np.concatenate(parts).tolist()) == list(range(1000))
    assert all((np.diff(part) > 0).all() for part in parts)
    again = parted("random", RATIOS, 0, user, time)
    other = parted("random", RATIOS, 1, user, time)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))
    assert parts[2].tolist() != other[2].tolist()


def test_a_share_of_the_training_rows_is_part_of_a_larger_one() -> None:
    rows = np.arange(0, 2000, 2)
    some, more = (drawn(rows, share, 0) for share in (0.1, 0.5))
    assert (len(some), len(more)) == (100, 500)
    assert set(some.tolist()) < set(more.tolist()) < set(rows.tolist())
    assert (np.diff(some) > 0).all()
    assert drawn(rows, 1.0, 0).tolist() == rows.tolist()
    assert drawn(rows, 0.1, 1).tolist() != some.tolist()
    assert len(drawn(rows, 1e-9, 0)) == 1


def test_temporal_split_keeps_equal_times_together() -> None:
    time = ints([5, 1, 2, 3, 4, 4, 4, 4, 6, 7])
    # Eight of ten rows would end among the fours and the five: training ends before the cut's time.
    train, valid, test = parted("temporal", RATIOS, 0, time, time)
    assert (train.tolist(), valid.tolist(), test.tolist()) == ([0, 1, 2, 3, 4, 5, 6, 7], [8], [9])
    train, valid, test = parted("temporal", [0.5, 0.3, 0.2], 0, time, time)
    assert (train.tolist(), valid.tolist(), test.tolist()) == ([1, 2, 3], [0, 4, 5, 6, 7], [8, 9])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40))
def test_temporal_parts_do_not_overlap_in_time(times: list[int]) -> None:
    time = ints(times)
    parts = parted("temporal", RATIOS, 0, time, time)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(times)))
    seen = [time[part] for part in parts if len(part)]
    for before, after in pairwise(seen):
        assert before.max() < after.min()


def test_leave_last_takes_the_two_last_of_users_with_three() -> None:
    user = ints([1, 1, 1, 2, 2, 3, 1, 4, 4, 4])
    time = ints([9, 5, 7, 1, 2, 1, 8, 3, 3, 3])
    train, valid, test = parted("leave-last", RATIOS, 0, user, time)
    assert test.tolist() == [0, 9]  # user 1 by time, user 4 by the order of the file
    assert valid.tolist() == [6, 8]
    assert train.tolist() == [1, 2, 3, 4, 5, 7]


def test_leave_last_without_times_goes_by_the_order_of_the_file() -> None:
    user = ints([1, 2, 1, 1, 2, 3, 1, 2, 3])
    made = Table({}, np.zeros(len(user)))
    args = {"split": "leave-last", "ratios": RATIOS, "split_seed": 0}
    train, valid, test = split_rows(made, user, every(len(user)), args)
    assert (valid.tolist(), test.tolist()) == ([3, 4], [6, 7])
    assert train.tolist() == [0, 1, 2, 5, 8]


def test_given_parts_are_those_that_the_data_says() -> None:
    names = ["test", "train", "valid", "train", "test", "train"]
    made = Table.from_columns({"a": [1, 1, 1, 2, 3, 4]}, rate=[0] * 6, part=names)
    args = {"split": "given", "ratios": RATIOS, "split_seed": 0}
    parts = split_rows(made, None, every(6), args)
    assert [part.tolist() for part in parts] == [[1, 3, 5], [2], [0, 4]]
    some = split_rows(made, None, np.array([0, 2, 3]), args)
    assert [part.tolist() for part in some] == [[3], [2], [0]]
    with pytest.raises(UsageError, match="no column or file says which part a row is of"):
        split_rows(bare(np.arange(6)), None, every(6), args)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=80), st.integers(0, 5))
def test_groups_stay_together(groups: list[int], seed: int) -> None:
    made = Table.from_columns({"site": groups}, rate=[0] * len(groups))
    args = {"split": "random", "ratios": [0.5, 0.25, 0.25], "split_seed": seed, "group": "site"}
    parts = split_rows(made, None, every(len(groups)), args)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    held = [{groups[row] for row in part} for part in parts]
    distinct = len(set(groups))
    assert [len(of) for of in held] == [
        round(0.5 * distinct),
        round(0.75 * distinct) - round(0.5 * distinct),
        distinct - round(0.75 * distinct),
    ]
    assert all((np.diff(part) > 0).all() for part in parts)


def test_the_seed_deals_the_groups() -> None:
    made = Table.from_columns({"site": list(range(50)) * 2}, rate=[0] * 100)
    args = {"split": "random", "ratios": RATIOS, "group": "site"}
    first, again, other = (
        [part.tolist() for part in split_rows(made, None, every(100), {**args, "split_seed": seed})]
        for seed in (0, 0, 1)
    )
    assert first == again != other


@pytest.mark.parametrize("group", ["sight", "tags", "size"])
def test_a_group_is_a_column_of_one_category_a_row(group: str) -> None:
    columns = {"site": [1, 2], "tags": [["a"], ["b", "c"]], "size": [0.5, 1.0]}
    made = Table.from_columns(columns, rate=[0, 1])
    args = {"split": "random", "ratios": RATIOS, "split_seed": 0, "group": group}
    with pytest.raises(UnknownName, match=f"unknown group column '{group}'") as caught:
        split_rows(made, None, every(2), args)
    assert "site" in f"{caught.value} {caught.value.hint}"


def test_dates_are_the_beginnings_of_days_in_utc() -> None:
    text = ["2014-03-01T23:59:59", "2014-03-02T00:00:00", "2014-03-09T12:00:00",
            "2014-03-10T00:00:00", "2012-01-01T00:00:00"]  # fmt: skip
    time = np.array(text, dtype="datetime64[s]").astype(np.int64)
    args = {"split": "temporal", "ratios": RATIOS, "split_seed": 0}
    parts = split_rows(bare(time), None, every(5), {**args, "dates": ["2014-03-02", "2014-03-10"]})
    assert [part.tolist() for part in parts] == [[0, 4], [1, 2], [3]]


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ("temporal", "split is 'temporal', and the table has no time; expected 'random'"),
        ("leave-last", "split is 'leave-last', and the table has no user; expected 'random'"),
    ],
)
def test_a_split_that_needs_what_is_absent_is_refused(split: str, message: str) -> None:
    made = Table({}, np.zeros(9))
    with pytest.raises(UsageError, match=message):
        split_rows(made, None, every(9), {"split": split, "ratios": RATIOS, "split_seed": 0})


@pytest.mark.parametrize(("absent", "message"), [("user", "has no user"), ("item", "has no item")])
def test_duplicates_are_dropped_by_pairs_alone(absent: str, message: str) -> None:
    columns = {"user": [1, 1], "movie": [2, 2]}
    made = Table.from_columns(columns, rate=[0, 1], **{absent: None})
    assert kept_rows(made, None, "keep") == slice(None)
    with pytest.raises(UsageError, match=f"duplicates is 'last', and the table {message}"):
        kept_rows(made, None, "last")


def test_rows_without_a_label_are_dropped() -> None:
    rate = Column(np.array([-1, 0, 1]), np.array([0, 1, 2, 0] + [1, 2] * 20), ["no", "yes"])
    made = Table({"a": Column(np.arange(44))}, rate)
    args = options("kmrd-small", {"label": "rate=yes", "duplicates": "keep", "fields": "columns"})
    prepared = prepare(made, Keys.of(made), args)
    assert prepared.kept.tolist() == [1, 2, *range(4, 44)]
    facts = {**split_facts(prepared), **raw_facts(made, Keys.of(made))}
    assert (facts["rows_read"], facts["rows_dropped"], facts["rows_unlabelled"]) == (44, 2, 2)
    assert facts["labels"] == "no (50.0 %), yes (50.0 %)"


def test_rows_without_a_number_are_dropped() -> None:
    rate = np.array([math.nan, 1, 5] * 15)
    pairs = {"a": Column(np.arange(45) // 3), "b": Column(np.zeros(45, np.int64))}
    made = Table(pairs, rate, user="a", item="b")
    args = options("table", {"file": "f", "reading": {}, "label": "r>=3"})
    prepared = prepare(made, Keys.of(made), args)
    assert prepared.kept.tolist() == [row for row in range(45) if row % 3]
    facts = {**split_facts(prepared), **raw_facts(made, Keys.of(made))}
    assert (facts["rows_dropped"], facts["rows_unlabelled"]) == (15, 15)
    assert (facts["top_rate"], facts["disagreeing_pairs"]) == (5, 15)
    assert counted(rate) == [("1", 15), ("5", 15)]
    whole = made.take(prepared.kept)
    assert "rows_unlabelled" not in split_facts(prepare(whole, Keys.of(whole), args))


def table(users: list[int], rates: list[int], times: list[int]) -> Table:
    movies = list(range(len(users)))
    late = [10**9 + time for time in times]
    return Table.from_columns({"user": users, "movie": movies}, rate=rates, time=late)


@pytest.mark.parametrize(
    ("made", "args", "message"),
    [
        (
            table([1, 2], [10, 1], [1, 2]),
            {},
            r"the valid part of split 'random' has no rows: ratios \[0.8, 0.1, 0.1\] of 2",
        ),
        (
            table([1] * 9, [10, 1] * 4 + [1], [7] * 9),
            {"split": "temporal"},
            "the train part of split 'temporal' has no rows: .* rows of one time stay together",
        ),
        (
            table([1, 1, 2, 2], [10, 1, 1, 10], [1, 2, 3, 4]),
            {"split": "leave-last"},
            "the valid part of split 'leave-last' has no rows: of the users of 4 rows none has",
        ),
        (
            table([1] * 40, [10, 9] * 20, list(range(40))),
            {"label": "rate>=9"},
            "the train part of split 'random' has one class: all 32 rows are positive under label "
            "'rate>=9'; expected both",
        ),
        (
            table([1, 1, 2, 2], [10, 1, 1, 10], [1, 2, 3, 4]),
            {"group": "user"},
            r"has no rows: ratios \[0.8, 0.1, 0.1\] of 4 rows leave none, as rows of one user stay",
        ),
        (
            table([1] * 4, [10, 1, 1, 10], [1, 2, 3, 4]),
            {"split": "temporal", "dates": ["2001-09-10", "2001-09-11"]},
            r"the valid part of split 'temporal' has no rows: none of 4 rows has such a time, by "
            r"dates \['2001-09-10', '2001-09-11'\]",
        ),
        (
            Table.from_columns({"a": [1, 2]}, rate=[0, 10], part=["train", "train"]),
            {"split": "given", "duplicates": "keep"},
            "the valid part of split 'given' has no rows: no row says that it is of the valid part",
        ),
    ],
)
def test_parts_that_cannot_be_judged(made: Table, args: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        prepare(made, Keys.of(made), options("kmrd-small", args))
    assert caught.value.exit_code == 3


def test_one_class_where_nothing_is_learnt_is_no_fault_of_the_rows() -> None:
    made = table([1] * 10, [10, 1] * 4 + [1, 10], list(range(10)))
    prepared = prepare(made, Keys.of(made), options("kmrd-small", {"split": "temporal"}))
    assert {part: len(rows) for part, rows in prepared.parts.items()} == {
        "train": 8,
        "valid": 1,
        "test": 1,
    }
    assert split_facts(prepared)["auc_standard_error"] is None
