"""Sampled negatives, for data that holds only what users took and not what they left."""

from collections.abc import Mapping

import numpy as np

from fmbench.data.columns import Column, IntArray
from fmbench.data.splits.split import Rows
from fmbench.data.table import Table
from fmbench.errors import DataError, UsageError

_TRIES = 100
"""Draws for a row before its user is taken to have had all items."""


def with_negatives(
    table: Table,
    user: IntArray | None,
    item: IntArray | None,
    parts: Mapping[str, Rows],
    per_positive: int,
    seed: int,
) -> tuple[Table, dict[str, Rows]]:
    """Return a table with rows appended that no user had, and the parts that hold them.

    For every row of a part, `per_positive` more have its user, its time and all else of it but an
    item that is drawn evenly from those of the training part, and that this user had in no part.
    What depends on the item alone comes along with it. AUC and logloss then tell how well a model
    tells these from the rest, which depends on the sampler: Krichene and Rendle (2020), "On sampled
    metrics for item recommendation".

    Args:
        table: Rows that all count as positive.
        user: Dense numbers, `[n]`.
        item: Dense numbers, `[n]`.
        parts: Part name to rows.
        per_positive: How many rows for each.
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
        repeated = np.repeat(rows, per_positive)
        drawn = _draw(user[repeated].astype(np.int64) * n_items, offered, had, random)
        like.append(repeated)
        of_item.append(row_of_item[drawn])
        found[part] = np.concatenate((rows, np.arange(end, end + len(repeated))))
        end += len(repeated)
    return _appended(table, item, np.concatenate(like), np.concatenate(of_item)), found


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


def _appended(table: Table, item: IntArray, like: IntArray, of_item: IntArray) -> Table:
    """Append rows that are like some rows, but for what belongs to the item."""
    n = len(table)
    whole = table.take(np.concatenate((np.arange(n), like)))
    others = np.concatenate((np.arange(n), of_item))
    columns = {
        name: column.take(others) if _belongs(column, item) else whole.columns[name]
        for name, column in table.columns.items()
    }
    return Table(columns, whole.rate, whole.time, table.user, table.item, whole.part)


def _belongs(column: object, item: IntArray) -> bool:
    """Tell whether a column has one value for each item, in all rows."""
    if not isinstance(column, Column):
        return False
    key = column.keys() if column.index is None else column.index
    value = np.zeros(int(item.max()) + 1, dtype=np.int64)
    value[item] = key
    return bool((value[item] == key).all())
