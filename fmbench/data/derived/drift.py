"""Drift: fields of any table that let users and items change with time.

A user's habits drift, and what is thought of a movie changes as it ages (Koren, 2009,
"Collaborative filtering with temporal dynamics"). With the user alone a model has one weight for
all the years; here it has one more for each of the user's years, months and days.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from fmbench.data.columns import ABSENT, Column, IntArray
from fmbench.data.splits.prepare import Prepared
from fmbench.data.splits.split import Rows

_DAY: Final = 86_400
_LATEST: Final = np.iinfo(np.int64).max


def drift_columns(prepared: Prepared) -> Mapping[str, Column]:
    """Return the user crossed with the year, month and day (UTC) of the row, and the item's age.

    A user's last training year goes on: a row that comes after the user's training rows has the
    year of the last of them, as else a temporal split would test on years that training has not
    seen. The age counts from the item's first training rating, in doublings: 0 within a day of it
    or earlier, 1 after a day, 2 after two, 3 after four and so on; ABSENT where the item
    has no training rating.

    No column depends on a label, nor on other rows except by the times of training rows. A table
    without a time has none of them, one without a user or an item not those of that.
    """
    table, keys, train = prepared.table, prepared.keys, prepared.parts["train"]
    time, columns = table.time, dict[str, Column]()
    if time is not None and keys.user is not None:
        last = -_earliest(keys.user, -time, train)[keys.user]
        known = np.where(last == -_LATEST, time, np.minimum(time, last))
        columns[f"{table.user}_year"] = _crossed(keys.user, known, "Y")
        columns[f"{table.user}_month"] = _crossed(keys.user, time, "M")
        columns[f"{table.user}_day"] = _crossed(keys.user, time, "D")
    if time is not None and keys.item is not None:
        columns[f"{table.item}_age"] = _age(time, _earliest(keys.item, time, train)[keys.item])
    return columns


def _earliest(key: IntArray, time: IntArray, train: Rows) -> IntArray:
    """Return int64 `[keys]`: the least training time of each key; _LATEST if it has none."""
    least = np.full(int(key.max()) + 1, _LATEST)
    np.minimum.at(least, key[train], time[train])
    return least


def _crossed(user: IntArray, time: IntArray, unit: str) -> Column:
    """Return a value for every pair of a user and a period, in NumPy's unit, that some row has."""
    period = time.astype("datetime64[s]").astype(f"datetime64[{unit}]").astype(np.int64)
    period -= period.min()
    values, index = np.unique(user * (period.max() + 1) + period, return_inverse=True)
    return Column(values, index.astype(np.int32))


def _age(time: IntArray, first: IntArray) -> Column:
    days = (time - np.minimum(time, first)) // _DAY
    # The binary exponent of a whole number of days is the number of its doublings.
    age = np.where(first == _LATEST, ABSENT, np.frexp(days)[1])
    values, index = np.unique(age, return_inverse=True)
    return Column(values, index.astype(np.int8))
