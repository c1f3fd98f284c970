"""Habits against a double loop a reader can check, and what no row may know of any label."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from fmbench.data.derived.habits import ITEM, USER, Habit, habit_columns
from fmbench.data.splits.prepare import Keys, Prepared
from fmbench.data.table import Table

DAY = 86_400
N = 400


def prepared_rows(seed: int = 5, n: int = N) -> Prepared:
    rng = np.random.default_rng(seed)
    user, page = rng.integers(n // 7, size=n), rng.integers(n // 5, size=n)
    # Years, weeks and minutes apart, and some rows of a user in the same second.
    time = 1_500_000_000 + (900 * DAY * rng.random(n) ** 4).astype(np.int64)
    near = n // 4
    user[:near] = user[near : 2 * near]
    time[:near] = time[near : 2 * near] + rng.choice([0, 600, 3 * DAY], size=near)
    table = Table.from_columns(
        {"visitor": user, "page": page}, rate=np.arange(n), time=time, user="visitor", item="page"
    )
    rows = np.split(rng.permutation(n), [n * 3 // 4, n - n // 8])
    parts = dict(zip(("train", "valid", "test"), map(np.sort, rows), strict=True))
    labels = (rng.random(n) < 0.6).astype(np.uint8)
    return Prepared(table, Keys.of(table), labels, np.arange(n), parts)


def values(prepared: Prepared, *, looks_ahead: bool) -> dict[str, list[int]]:
    found = {}
    for name, column in habit_columns(prepared, looks_ahead=looks_ahead).items():
        assert column.index is not None
        found[name] = column.values[column.index].tolist()
    return found


def folds(prepared: Prepared, key: list[int], habit: Habit) -> dict[int, int]:
    """Row to fold, in turn by key, time, user and item; rows that are not trained on have none."""
    user, item = prepared.keys.user.tolist(), prepared.keys.item.tolist()
    time = prepared.table.time.tolist()
    train = prepared.parts["train"].tolist()
    turn = sorted(train, key=lambda row: (key[row], time[row], user[row], item[row]))
    return {row: place % habit.folds for place, row in enumerate(turn)}


def seen(
    prepared: Prepared, key: list[int], habit: Habit, *, looks_ahead: bool
) -> Callable[[int], list[int]]:
    """Return what tells the rows of its key that a row may know of."""
    time, fold = prepared.table.time.tolist(), folds(prepared, key, habit)

    def knows(row: int, other: int) -> bool:
        if key[other] != key[row] or time[other] == time[row]:
            return False
        if not looks_ahead:
            return time[other] < time[row]
        if row not in fold:
            return True
        return fold[other] < fold[row] if habit.ordered else fold[other] != fold[row]

    return lambda row: [other for other in fold if knows(row, other)]


def sides(prepared: Prepared) -> list[tuple[str, list[int], Habit]]:
    return [
        ("visitor", prepared.keys.user.tolist(), USER),
        ("page", prepared.keys.item.tolist(), ITEM),
    ]


def naive(prepared: Prepared, *, looks_ahead: bool) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    labels, time = prepared.labels.tolist(), prepared.table.time.tolist()
    prior = float(prepared.labels[prepared.parts["train"]].mean())
    for name, key, habit in sides(prepared):
        known_to = seen(prepared, key, habit, looks_ahead=looks_ahead)
        for row in range(len(prepared.table)):
            known, share = known_to(row), prior
            for suffix, half_life in habit.half_lives.items():
                weights = [2 ** (-abs(time[row] - time[other]) / half_life) for other in known]
                positives = sum(w * labels[other] for w, other in zip(weights, known, strict=True))
                rows = sum(weights)
                share = (positives + habit.strength * share) / (rows + habit.strength)
                odds = round(math.log(share / (1 - share)) / habit.width, 9)
                found.setdefault(f"{name}_share{suffix}", []).append(math.floor(odds))
                doublings = math.floor(round(rows, 9)).bit_length()
                found.setdefault(f"{name}_rows{suffix}", []).append(doublings)
    return found


@pytest.mark.parametrize("looks_ahead", [True, False])
def test_each_column_is_what_a_double_loop_says(looks_ahead: bool) -> None:
    prepared = prepared_rows()
    found, expected = (f(prepared, looks_ahead=looks_ahead) for f in (values, naive))
    assert list(found) == list(expected)
    for name in expected:
        assert found[name] == expected[name], name
        assert len(set(expected[name])) > 1, f"{name} says nothing here"


def test_half_lives_are_given_from_the_longest_to_the_shortest() -> None:
    for habit in (USER, ITEM):
        assert all(longer > shorter for longer, shorter in pairwise(habit.half_lives.values()))


@pytest.mark.parametrize("looks_ahead", [True, False])
def test_no_label_outside_of_training_is_known_to_any_row(looks_ahead: bool) -> None:
    prepared = prepared_rows()
    before = values(prepared, looks_ahead=looks_ahead)
    for part in ("valid", "test"):
        prepared.labels[prepared.parts[part]] ^= 1
    assert values(prepared, looks_ahead=looks_ahead) == before


@pytest.mark.parametrize("looks_ahead", [True, False])
def test_no_training_row_knows_its_own_label(looks_ahead: bool) -> None:
    prepared = prepared_rows()
    train, time = prepared.parts["train"].tolist(), prepared.table.time.tolist()
    known = [seen(prepared, key, h, looks_ahead=looks_ahead) for _, key, h in sides(prepared)]
    before = values(prepared, looks_ahead=looks_ahead)
    touched = set()
    for row in sorted(train, key=time.__getitem__)[:-20:5]:
        # Another label, that the row cannot see either, goes the other way: the prior stays.
        visible = {row, *known[0](row), *known[1](row)}
        hidden = (other for other in train if other not in visible)
        other = next(o for o in hidden if prepared.labels[o] != prepared.labels[row])
        prepared.labels[[row, other]] ^= 1
        after = values(prepared, looks_ahead=looks_ahead)
        prepared.labels[[row, other]] ^= 1
        assert all(after[name][row] == before[name][row] for name in before)
        touched |= {name for name in before if after[name] != before[name]}
    assert touched == {name for name in before if "share" in name}


def test_without_looking_ahead_no_row_knows_a_later_label() -> None:
    prepared = prepared_rows()
    before = values(prepared, looks_ahead=False)
    time = prepared.table.time
    train = prepared.parts["train"]
    middle = int(np.median(time))
    late = train[time[train] >= middle]
    # Labels change places among later rows, so that the share of all rows stays.
    prepared.labels[late] = np.random.default_rng(1).permutation(prepared.labels[late])
    after = values(prepared, looks_ahead=False)
    early = np.flatnonzero(time <= middle).tolist()
    assert all(before[k][row] == after[k][row] for k in before for row in early)
    assert before != after


@pytest.mark.parametrize("looks_ahead", [True, False])
def test_rows_in_another_order_have_the_same_values(looks_ahead: bool) -> None:
    prepared = prepared_rows()
    order = np.random.default_rng(2).permutation(N)
    place = np.argsort(order)
    table = prepared.table
    columns = {
        name: column.values[column.index][order] if column.index is not None else column.values
        for name, column in table.columns.items()
    }
    moved = Table.from_columns(
        columns, rate=table.rate[order], time=table.time[order], user="visitor", item="page"
    )
    parts = {part: np.sort(place[rows]) for part, rows in prepared.parts.items()}
    other = Prepared(moved, Keys.of(moved), prepared.labels[order], np.arange(N), parts)
    before, after = (values(p, looks_ahead=looks_ahead) for p in (prepared, other))
    for name, column in before.items():
        assert [column[row] for row in order] == after[name], name


@pytest.mark.parametrize("looks_ahead", [True, False])
def test_labels_that_are_chance_stay_chance_in_training(looks_ahead: bool) -> None:
    """A row's own label, or a fold's share of it, would show: shares would rank training rows."""
    prepared = prepared_rows(seed=3, n=40_000)
    train = prepared.parts["train"]
    found = habit_columns(prepared, looks_ahead=looks_ahead)
    for name in (
        f"{key}_share{suffix}"
        for key in ("visitor", "page")
        for suffix in USER.half_lives | ITEM.half_lives
    ):
        if name in found:
            column = found[name]
            assert column.index is not None
            area = roc_auc_score(prepared.labels[train], column.values[column.index][train])
            assert abs(area - 0.5) < 0.015, name


def test_an_items_weight_does_not_turn_its_share_into_the_rows_label() -> None:
    """Within an item, labels that are chance have next to nothing to do with its share.

    If rows saw all other folds, as those of a user do, what the share lacks of the item's rows
    would be the row's own fold: a low share would mean a positive label, at a correlation of -0.06.
    """
    prepared = prepared_rows(seed=4, n=60_000)
    train, items = prepared.parts["train"], prepared.keys.item % 60
    few = replace(prepared, keys=replace(prepared.keys, item=items))
    column = habit_columns(few, looks_ahead=True)["page_share"]
    assert column.index is not None
    share = column.values[column.index][train].astype(float)
    labels = prepared.labels[train].astype(float)
    for item in range(60):
        own = items[train] == item
        share[own] -= share[own].mean()
        labels[own] -= labels[own].mean()
    assert abs(np.corrcoef(share, labels)[0, 1]) < 0.035
