"""The audit: what a reader must know about rows and splits before believing a number."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.splits.prepare import Keys, Prepared
from fmbench.data.splits.split import Rows, chunks, repeated
from fmbench.data.table import IntArray, Table

_TYPICAL_AUC = 0.8


def raw_facts(table: Table, keys: Keys) -> dict[str, Any]:
    """Return what holds of the rows as they were read, before any choice."""
    per_user = np.bincount(keys.user)
    top = table.rate.max()
    months = np.array([table.time.min(), table.time.max()]).astype("datetime64[s]")
    first, last = np.datetime_as_string(months, unit="M").tolist()
    n_repeated, n_disagreeing = _repetition(table, keys)
    return {
        "users": len(per_user),
        "users_with_one_rating": int((per_user == 1).sum()),
        "items": int(keys.item.max()) + 1,
        "top_rate": top.item(),
        "top_rate_share": _share(table.rate == top),
        "repeated_rows": n_repeated,
        "disagreeing_pairs": n_disagreeing,
        "sorted_by_user": bool((keys.user[1:] >= keys.user[:-1]).all()),
        "first_month": first,
        "last_month": last,
    }


def split_facts(prepared: Prepared) -> dict[str, Any]:
    """Return what holds of the rows that were kept and of the three parts."""
    labels, parts = prepared.labels, prepared.parts
    return {
        "rows_read": len(prepared.table),
        "rows_dropped": len(prepared.table) - len(prepared.kept),
        "rows_kept": len(prepared.kept),
        "positive_share": _share(labels[prepared.kept]),
        "parts": {
            part: {
                "rows": len(rows),
                "positives": int(labels[rows].sum()),
                "positive_share": _share(labels[rows]),
            }
            for part, rows in parts.items()
        },
        **_overlap(prepared.table, prepared.keys, parts["train"], parts["test"]),
        "auc_standard_error": _standard_error(labels[parts["test"]]),
    }


def _repetition(table: Table, keys: Keys) -> tuple[int, int]:
    """Count rows that repeat an earlier pair, and pairs whose ratings differ."""
    rows = repeated(keys.pair)
    pairs, group = np.unique(keys.pair[rows], return_inverse=True)
    rate = table.rate[rows]
    lowest, highest = np.full(len(pairs), np.inf), np.full(len(pairs), -np.inf)
    np.minimum.at(lowest, group, rate)
    np.maximum.at(highest, group, rate)
    return len(rows) - len(pairs), int((lowest != highest).sum())


def _overlap(table: Table, keys: Keys, train: Rows, test: Rows) -> dict[str, Any]:
    """Say what training knows of the test rows."""
    in_train = _found_in(keys.pair[test], keys.pair, train)
    known = _seen(keys.user[train], keys.user[test])
    latest = np.full(int(keys.user.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(latest, keys.user[train], table.time[train])
    older = table.time[test] < latest[keys.user[test]]
    return {
        "test_pairs_in_train": int(in_train.sum()),
        "test_pairs_in_train_share": _share(in_train),
        "test_unseen_user_share": _share(~known),
        "test_unseen_item_share": _share(~_seen(keys.item[train], keys.item[test])),
        "test_older_share": _share(older),
        "test_older_share_of_known_users": _share(older[known]),
    }


def _found_in(wanted: IntArray, values: IntArray, rows: Rows) -> npt.NDArray[np.bool_]:
    """Tell for each of the `wanted` whether it is among `values[rows]`; sorts only the wanted."""
    distinct, place = np.unique(wanted, return_inverse=True)
    found = np.zeros(len(distinct), dtype=bool)
    for part in chunks(rows):
        value = values[part]
        nearest = np.minimum(np.searchsorted(distinct, value), len(distinct) - 1)
        found[nearest[distinct[nearest] == value]] = True
    return found[place]


def _seen(train: npt.NDArray[Any], test: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    seen = np.zeros(int(max(train.max(), test.max())) + 1, dtype=bool)
    seen[train] = True
    found: npt.NDArray[np.bool_] = seen[test]
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
