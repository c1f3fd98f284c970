"""The audit: what a reader must know about rows and splits before believing a number."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import Array, Column, IntArray
from fmbench.data.encoding.maps import release
from fmbench.data.splits.label import Labels, counted, shares
from fmbench.data.splits.prepare import Keys, Prepared, positives_of
from fmbench.data.splits.split import Rows, chunks, every, pieces, repeated
from fmbench.data.table import Table

_TYPICAL_AUC = 0.8

MOST_LEFT_OUT: Final = 0.01
"""The share of rows above which it is said that they are left out."""

AT_ONCE: Final = 1 << 22
"""Rows whose pairs are compared at once; of more, users are taken in turns."""


def raw_facts(table: Table, keys: Keys) -> dict[str, Any]:
    """Return what holds of the rows as they were read, before any choice.

    What needs a user, an item or a time is left out where the table has none.
    """
    facts: dict[str, Any] = {}
    for found in (_key_facts, _rate_facts, _pair_facts, _order_facts, _time_facts):
        facts |= found(table, keys)
        release(table.arrays)
    return facts


def _key_facts(table: Table, keys: Keys) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if keys.user is not None:
        per_user = np.zeros(int(keys.user.max()) + 1, dtype=np.int64)
        for rows in pieces(len(table), keys.user):
            per_user += np.bincount(keys.user[rows], minlength=len(per_user))
        facts |= {
            "users": len(per_user),
            "users_with_one_rating": int((per_user == 1).sum()),
        }
    return facts if keys.item is None else {**facts, "items": keys.n_items}


def _rate_facts(table: Table, keys: Keys) -> dict[str, Any]:
    rate = table.rate
    if isinstance(rate, Column):
        return {"labels": shares(counted(rate))}
    top = np.nanmax(rate)
    return {"top_rate": top.item(), "top_rate_share": _share(rate == top)}


def _order_facts(table: Table, keys: Keys) -> dict[str, Any]:
    key = keys.user
    return {} if key is None else {"sorted_by_user": bool((key[1:] >= key[:-1]).all())}


def _time_facts(table: Table, keys: Keys) -> dict[str, Any]:
    if table.time is None:
        return {}
    months = np.array([table.time.min(), table.time.max()]).astype("datetime64[s]")
    first, last = np.datetime_as_string(months, unit="M").tolist()
    return {"first_month": first, "last_month": last}


def split_facts(prepared: Prepared) -> dict[str, Any]:
    """Return what holds of the rows that were kept and of the three parts."""
    labels, parts = prepared.labels, prepared.parts
    sampled = prepared.sampled
    return {
        "rows_read": len(prepared.table) - sampled,
        "rows_dropped": len(prepared.table) - prepared.n_kept,
        **({"rows_unlabelled": prepared.unlabelled} if prepared.unlabelled else {}),
        "rows_kept": prepared.n_kept - sampled,
        **({"sampled_negatives": sampled} if sampled else {}),
        "positive_share": _share(labels[prepared.kept]),
        "parts": {part: _part_facts(labels, rows) for part, rows in parts.items()},
        **_overlap(prepared.table, prepared.keys, parts["train"], parts["test"]),
        "auc_standard_error": _standard_error(labels[parts["test"]]),
    }


def _part_facts(labels: Labels, rows: Rows) -> dict[str, Any]:
    positives = positives_of(labels, rows)
    share = round(positives / len(rows), 6) if len(rows) else None
    return {"rows": len(rows), "positives": positives, "positive_share": share}


def left_out(facts: Mapping[str, Any], duplicates: str) -> Iterator[str]:
    """Yield which rows were left out unasked, a line each, where they are more than one in 100.

    Args:
        facts: What `split_facts` returns.
        duplicates: Which row of those with one user and item was kept.
    """
    rows, unlabelled = facts["rows_read"], facts.get("rows_unlabelled", 0)
    repeats = facts["rows_dropped"] - unlabelled
    if unlabelled > MOST_LEFT_OUT * rows:
        yield f"{unlabelled:,} of {rows:,} rows have no label and are left out"
    if repeats > MOST_LEFT_OUT * rows:
        yield (
            f"{repeats:,} of {rows:,} rows repeat a user and an item and are left out but for the "
            f"{duplicates} of each; --set data.duplicates=keep keeps them"
        )


def _pair_facts(table: Table, keys: Keys) -> dict[str, Any]:
    """Count rows that repeat an earlier pair, and pairs whose ratings differ, users by users."""
    if keys.user is None or keys.item is None:
        return {}
    n_repeated, n_disagreeing = 0, 0
    rounds = 1 + len(table) // AT_ONCE
    for turn in range(rounds):
        own = every(len(table)) if rounds == 1 else _turn(keys.user, rounds, turn)
        pair = keys.pair_of(own)
        rows = repeated(pair)
        release(table.arrays)
        pairs, group = np.unique(pair[rows], return_inverse=True)
        n_repeated += len(rows) - len(pairs)
        n_disagreeing += _disagreeing(table.rate, own[rows], group, len(pairs))
        release(table.arrays)
    return {"repeated_rows": n_repeated, "disagreeing_pairs": n_disagreeing}


def _turn(key: IntArray, rounds: int, turn: int) -> Rows:
    """Return the rows whose key has its turn in this round."""
    parts = (
        rows.start + np.flatnonzero(key[rows] % rounds == turn) for rows in pieces(len(key), key)
    )
    return np.concatenate([*parts])


def _disagreeing(rate: Array | Column, rows: Rows, group: IntArray, n: int) -> int:
    """Count the groups whose rows do not all have one rating; `group` is that of each row."""
    if isinstance(rate, Column):
        values = rate.values[rows if rate.index is None else rate.index[rows]]
    else:
        values = rate[rows]
    lowest, highest = np.full(n, np.inf), np.full(n, -np.inf)
    np.fmin.at(lowest, group, values)  # which pass over rows without a rating
    np.fmax.at(highest, group, values)
    return int((lowest < highest).sum())


def _overlap(table: Table, keys: Keys, train: Rows, test: Rows) -> dict[str, Any]:
    """Say what training knows of the test rows."""
    user, item, facts = keys.user, keys.item, dict[str, Any]()
    if user is not None and item is not None:
        wanted = keys.pair_of(test)
        release(table.arrays)
        in_train = _found_in(wanted, keys, train)
        facts["test_pairs_in_train"] = int(in_train.sum())
        facts["test_pairs_in_train_share"] = _share(in_train)
    known = None if user is None else _seen(user, train, test)
    if known is not None:
        facts["test_unseen_user_share"] = _share(~known)
    if item is not None:
        facts["test_unseen_item_share"] = _share(~_seen(item, train, test))
    release(table.arrays)
    if user is not None and known is not None and table.time is not None:
        latest = np.full(int(user.max()) + 1, np.iinfo(np.int64).min)
        for rows in chunks(train, user, table.time):
            np.maximum.at(latest, user[rows], table.time[rows])
        time = table.time[test]
        release(table.arrays)
        older = time < latest[user[test]]
        facts["test_older_share"] = _share(older)
        facts["test_older_share_of_known_users"] = _share(older[known])
    return facts


def _found_in(wanted: IntArray, keys: Keys, rows: Rows) -> npt.NDArray[np.bool_]:
    """Tell for each of the `wanted` whether it is the pair of a row; sorts only the wanted."""
    distinct, place = np.unique(wanted, return_inverse=True)
    found = np.zeros(len(distinct), dtype=bool)
    for part in chunks(rows, keys.user, keys.item):
        value = keys.pair_of(part)
        nearest = np.minimum(np.searchsorted(distinct, value), len(distinct) - 1)
        found[nearest[distinct[nearest] == value]] = True
    return found[place]


def _seen(key: IntArray, train: Rows, test: Rows) -> npt.NDArray[np.bool_]:
    """Tell of each test row whether training has its key."""
    seen = np.zeros(int(key.max()) + 1, dtype=bool)
    for rows in chunks(train, key):
        seen[key[rows]] = True
    found: npt.NDArray[np.bool_] = seen[key[test]]
    return found


def _share(part: npt.NDArray[Any]) -> float | None:
    """Return the share of ones, to six digits; None if there are no rows."""
    return round(float(np.count_nonzero(part)) / len(part), 6) if len(part) else None


def _standard_error(labels: npt.NDArray[np.uint8], auc: float = _TYPICAL_AUC) -> float | None:
    """Return the standard error of one AUC by Hanley & McNeil (1982); None with one class."""
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    same_positive, same_negative = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (
        auc * (1 - auc)
        + (positives - 1) * (same_positive - auc**2)
        + (negatives - 1) * (same_negative - auc**2)
    ) / (positives * negatives)
    return round(math.sqrt(variance), 6)
