"""Preparation: from a table and options to labels and rows, all that comes before encoding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fmbench.data.columns import Column, IntArray
from fmbench.data.encoding.maps import release
from fmbench.data.splits.label import LabelRule, Labels, counted, shares, unlabelled
from fmbench.data.splits.negatives import with_negatives
from fmbench.data.splits.split import Rows, chunks, drawn, every, kept_rows, split_rows
from fmbench.data.table import PARTS, Table
from fmbench.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """Dense numbers for users and items, `[n]`; None for a role that the table has not."""

    user: IntArray | None
    item: IntArray | None
    n_items: int
    """How many items there are; 0 where there is no item."""

    @classmethod
    def of(cls, table: Table) -> "Keys":
        """Number the users and items of a table in ascending order."""
        user, item = (_keys(table, role) for role in (table.user, table.item))
        release(table.arrays)
        return cls(user, item, 0 if item is None else int(item.max()) + 1)

    @property
    def has_pairs(self) -> bool:
        """Whether rows have a user and an item."""
        return self.user is not None and self.item is not None

    def pair_of(self, rows: Rows) -> IntArray:
        """Return one number for each user and item that stand in a row together, int64 `[rows]`."""
        assert self.user is not None and self.item is not None
        pair = self.user[rows].astype(np.int64)
        pair *= self.n_items
        pair += self.item[rows]
        return pair


def _keys(table: Table, role: str | None) -> IntArray | None:
    column = table.columns[role] if role else None
    return column.keys() if isinstance(column, Column) else None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A table with every row's label, and the rows of each part."""

    table: Table
    keys: Keys
    labels: Labels
    kept: Rows | slice
    """The rows that count, in the order of the file; a slice where all of them do."""
    parts: Mapping[str, Rows]
    """Part name to rows of the table."""
    unlabelled: int = 0
    """How many rows were left out as they have no label."""
    sampled: int = 0
    """How many rows at the end of the table were sampled and not read."""

    @property
    def n_kept(self) -> int:
        """How many rows count."""
        return len(self.table) if isinstance(self.kept, slice) else len(self.kept)


def prepare(table: Table, keys: Keys, args: Mapping[str, Any]) -> Prepared:
    """Apply the label rule, drop duplicates and split, as the resolved options say.

    Raises:
        UsageError: The table has not what an option needs.
        DataError: A part has no rows, or the training part only one class.
    """
    labels = LabelRule.parse(args["label"])(table.rate)
    release(table.arrays)
    pair = keys.pair_of if keys.has_pairs else None
    kept = kept_rows(table, pair, args["duplicates"])
    left = 0
    if (missing := unlabelled(table.rate)) is not None:
        labelled = every(len(table))[kept]
        kept = labelled[~missing[labelled]]
        left = len(labelled) - len(kept)
    release(table.arrays)
    parts = dict(zip(PARTS, split_rows(table, keys.user, kept, args), strict=True))
    if (share := args.get("train_share")) is not None:
        parts["train"] = drawn(parts["train"], share, args["split_seed"])
    prepared = Prepared(table, keys, labels, kept, parts, unlabelled=left)
    if negatives := args.get("negatives"):
        prepared = _with_negatives(prepared, negatives, args["split_seed"])
    for part, rows in prepared.parts.items():
        _check_part(part, prepared, rows, args)
    return prepared


def _with_negatives(prepared: Prepared, negatives: int, seed: int) -> Prepared:
    """Return positives with sampled negatives in each part, for data that has no others."""
    table, parts = with_negatives(
        prepared.table,
        prepared.keys.user,
        prepared.keys.item,
        prepared.labels,
        prepared.parts,
        per_positive=negatives,
        seed=seed,
    )
    n = len(prepared.table)
    labels = np.concatenate((prepared.labels, np.zeros(len(table) - n, np.uint8)))
    kept = np.concatenate((np.arange(n)[prepared.kept], np.arange(n, len(table))))
    return Prepared(
        table, Keys.of(table), labels, kept, parts, prepared.unlabelled, sampled=len(table) - n
    )


def _check_part(part: str, prepared: Prepared, rows: Rows, args: Mapping[str, Any]) -> None:
    """Refuse a part that nothing can be learnt from or measured on.

    One class in validation or test is not refused: the logloss stands, other metrics say that they
    are undefined, and whether a run starts must not hang on the labels of its test rows.
    """
    split, n = args["split"], prepared.n_kept
    if not len(rows):
        ratios = f"ratios {args['ratios']} of {n} rows leave none"
        group, dates = args.get("group"), args.get("dates")
        why = {
            "random": f"{ratios}, as rows of one {group} stay together" if group else ratios,
            "temporal": f"none of {n} rows has such a time, by dates {dates}"
            if dates
            else f"{ratios}, as rows of one time stay together",
            "leave-last": f"of the users of {n} rows none has enough",
            "given": f"no row says that it is of the {part} part",
        }[split]
        tail = part == "valid" and split == "given"
        raise DataError(
            f"the {part} part of split {split!r} has no rows: {why}",
            "--set data.valid_share=0.1 takes the last tenth of the training rows" if tail else "",
        )
    positives = positives_of(prepared.labels, rows)
    if part == "train" and positives in (0, len(rows)):
        found = "positive" if positives else "negative"
        raise DataError(
            f"the {part} part of split {split!r} has one class: all {len(rows)} rows are {found} "
            f"under label {args['label']!r}; expected both",
            _another_rule(prepared, args["label"]),
        )


def positives_of(labels: Labels, rows: Rows) -> int:
    """Count the positive ones of some rows, in little memory."""
    return sum(int(labels[piece].sum()) for piece in chunks(rows))


def _another_rule(prepared: Prepared, label: str) -> str:
    """Say which values there are, and what would tell them apart."""
    name = LabelRule.parse(label).name
    values = counted(prepared.table.rate)
    if len(values) == 1:
        way_on = "with a column of users and one of items, rows that a user had not can be sampled"
        if prepared.keys.has_pairs:
            way_on = "--set data.negatives=2 samples two rows for each that the user had not"
        return (
            f"every row has {name} {values[0][0]}: positives alone define no click model; {way_on}"
        )
    proposed = LabelRule.suggested(name, values)
    return f"{name} is {shares(values)}; --set 'data.label=\"{proposed}\"' would tell them apart"
