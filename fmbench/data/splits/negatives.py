"""Sampled negatives, for data that holds only what users took and not what they left."""

from collections.abc import Mapping

import numpy as np

from fmbench.data.columns import AnyColumn, Array, Column, IntArray
from fmbench.data.splits.label import Labels
from fmbench.data.splits.split import Rows
from fmbench.data.table import Table
from fmbench.errors import DataError, UsageError

_TRIES = 100
"""Draws for a row before its user is taken to have had all items."""


def with_negatives(
    table: Table,
    user: IntArray | None,
    item: IntArray | None,
    labels: Labels,
    parts: Mapping[str, Rows],
    *,
    per_positive: int,
    seed: int,
) -> tuple[Table, dict[str, Rows]]:
    """Return a table with rows appended that no user had, and the parts that hold them.

    For every positive row of a part, `per_positive` more have its user, its time and all else of it
    but an item that is drawn evenly from those of the training part, and that this user had in no
    part. What depends on the item alone comes along with it. AUC and logloss then tell how well a
    model tells these from the rest, which depends on the sampler: Krichene and Rendle (2020), "On
    sampled metrics for item recommendation".

    Args:
        table: Rows, of which mostly all are positive.
        user: Dense numbers, `[n]`.
        item: Dense numbers, `[n]`.
        labels: `[n]`, 1 for a positive row.
        parts: Part name to rows.
        per_positive: How many rows for each positive one.
        seed: The seed of the drawing.

    Raises:
        UsageError: The table has no user or no item.
        DataError: A user had all items.
    """
    if user is None or item is None or table.item is None:
        raise UsageError("negatives are items that a user had not; expected a user and an item")
    random = np.random.default_rng([seed, 2])  # neither the stream of the split nor of a share
    offered, example = np.unique(item[parts["train"]], return_index=True)
    row_of_item = np.full(int(item.max()) + 1, -1)
    row_of_item[offered] = parts["train"][example]
    n_items = int(item.max()) + 1
    had = np.unique(user.astype(np.int64) * n_items + item)
    like, of_item, found = [], [], {}
    end = len(table)
    for part, rows in parts.items():
        repeated = np.repeat(rows[labels[rows] == 1], per_positive)
        drawn = _draw(user[repeated].astype(np.int64) * n_items, offered, had, random)
        like.append(repeated)
        of_item.append(row_of_item[drawn])
        found[part] = np.concatenate((rows, np.arange(end, end + len(repeated))))
        end += len(repeated)
    return _appended(table, user, item, np.concatenate(like), np.concatenate(of_item)), found


def _draw(
    first_pair: IntArray, offered: IntArray, had: IntArray, random: np.random.Generator
) -> IntArray:
    """Draw an item for each row, anew where its user had it; `first_pair` is its pair with 0."""
    drawn = random.choice(offered, len(first_pair))
    wrong = np.arange(len(first_pair))
    for _ in range(_TRIES):
        pair = first_pair[wrong] + drawn[wrong]
        place = np.minimum(np.searchsorted(had, pair), len(had) - 1)
        wrong = wrong[had[place] == pair]
        if not len(wrong):
            return drawn
        drawn[wrong] = random.choice(offered, len(wrong))
    raise DataError(
        f"{len(wrong)} rows are of users that had nearly all of the {len(offered)} items; "
        "expected items that they had not",
        "with so few items take another label than having had one",
    )


def _appended(
    table: Table, user: IntArray, item: IntArray, like: IntArray, of_item: IntArray
) -> Table:
    """Append rows that are like some rows, but for what belongs to the item."""
    n = len(table)
    whole = table.take(np.concatenate((np.arange(n), like)))
    others = np.concatenate((np.arange(n), of_item))
    columns = {
        name: column.take(others) if _is_of_item(table, name, user, item) else whole.columns[name]
        for name, column in table.columns.items()
    }
    return Table(columns, whole.rate, whole.time, table.user, table.item, whole.part)


def _is_of_item(table: Table, name: str, user: IntArray, item: IntArray) -> bool:
    """Tell whether a column belongs to the item: it has one value for each, in all rows.

    Of what has one value for each user as well, the key that has more rows a value is the owner: a
    key of as many values as rows would own everything.
    """
    if name in (table.user, table.item):
        return name == table.item
    column = table.columns[name]
    if not _has_one_for_each(column, item):
        return False
    return int(item.max()) <= int(user.max()) or not _has_one_for_each(column, user)


def _has_one_for_each(column: AnyColumn, key: IntArray) -> bool:
    """Tell whether all rows of a key have one value, or one list of values."""
    values: Array = column.values
    if isinstance(column, Column) and column.index is not None:
        values = column.index
    value = np.zeros((int(key.max()) + 1, *values.shape[1:]), dtype=values.dtype)
    value[key] = values
    return np.array_equal(value[key], values, equal_nan=values.dtype.kind == "f")
