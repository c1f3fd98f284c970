"""Preparation: from a table and options to labels and rows, all that comes before encoding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.encoding.dataset import PARTS
from fmbench.data.splits.label import LabelRule
from fmbench.data.splits.split import Rows, drawn, kept_rows, split_rows
from fmbench.data.table import IntArray, Table
from fmbench.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Dense numbers for users, items and pairs of the two, all `[n]`."""

    user: IntArray
    item: IntArray
    pair: IntArray

    @classmethod
    def of(cls, table: Table) -> "Keys":
        """Number the users and items of a table in ascending order."""
        user, item = table.columns[table.user].keys(), table.columns[table.item].keys()
        pair = user.astype(np.int64)
        pair *= int(item.max(initial=0)) + 1
        pair += item
        return cls(user, item, pair)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A table with every row's label, and the rows of each part."""

    table: Table
    keys: Keys
    labels: npt.NDArray[np.uint8]
    kept: Rows
    """The rows that count, in the order of the file."""
    parts: Mapping[str, Rows]
    """Part name to rows of the table."""


def prepare(table: Table, keys: Keys, args: Mapping[str, Any]) -> Prepared:
    """Apply the label rule, drop duplicates and split, as the resolved options say.

    Raises:
        DataError: A part has no rows, or the training part only one class.
    """
    labels = LabelRule.parse(args["label"])(table.rate)
    kept = kept_rows(keys.pair, table.time, args["duplicates"])
    numbers = split_rows(
        args["split"],
        args["ratios"],
        args["split_seed"],
        user=keys.user[kept],
        time=table.time[kept],
    )
    parts = {part: kept[rows] for part, rows in zip(PARTS, numbers, strict=True)}
    if (share := args.get("train_share")) is not None:
        parts["train"] = drawn(parts["train"], share, args["split_seed"])
    for part, rows in parts.items():
        _check_part(part, labels[rows], len(kept), args)
    return Prepared(table, keys, labels, kept, parts)


def _check_part(part: str, labels: npt.NDArray[np.uint8], n: int, args: Mapping[str, Any]) -> None:
    """Refuse a part that nothing can be learnt from or measured on.

    One class in validation or test is not refused: the logloss stands, other metrics say that they
    are undefined, and whether a run starts must not hang on the labels of its test rows.
    """
    split = args["split"]
    if not len(labels):
        shares = f"ratios {args['ratios']} of {n} rows leave none"
        why = {
            "random": shares,
            "temporal": f"{shares}, as rows of one time stay together",
            "leave-last": f"of the users of {n} rows none has enough",
        }[split]
        raise DataError(f"the {part} part of split {split!r} has no rows: {why}")
    positives = int(labels.sum())
    if part == "train" and positives in (0, len(labels)):
        found = "positive" if positives else "negative"
        raise DataError(
            f"the {part} part of split {split!r} has one class: all {len(labels)} rows are {found} "
            f"under label {args['label']!r}; expected both"
        )
