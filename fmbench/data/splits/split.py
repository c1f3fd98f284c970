"""Splits and duplicates: which rows count, and which part each of them is in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import Array, Column, IntArray
from fmbench.data.encoding.maps import release
from fmbench.data.table import Table
from fmbench.errors import UnknownName, UsageError

Rows = npt.NDArray[np.integer[Any]]
"""Row numbers in ascending order."""

CHUNK = 1 << 18


def pieces(n: int, *read: Array | None) -> Iterator[slice]:
    """Cut all of `n` rows into pieces; see `chunks`."""
    for start in range(0, n, CHUNK):
        yield slice(start, min(start + CHUNK, n))
        release(array for array in read if array is not None)


def chunks(rows: Rows, *read: Array | None) -> Iterator[Rows]:
    """Cut row numbers into pieces, so that what is gathered by them needs little memory.

    After each piece the memory of the mapped arrays that were `read` by it is given back.
    """
    for piece in pieces(len(rows), *read):
        yield rows[piece]


def repeated(pair: IntArray) -> Rows:
    """Return the rows whose pair some other row has as well; `pair` is `[n]`."""
    ordered = np.sort(pair)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.empty(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(twice, pair), len(twice) - 1)
    return np.flatnonzero(twice[place] == pair)


def kept_rows(
    table: Table, pair_of: Callable[[Rows], IntArray] | None, duplicates: str
) -> Rows | slice:
    """Return the rows that count where a pair of user and item is there more than once.

    `last` is the row with the latest time, among equal times the last in the file; `first` is the
    mirror image; `keep` lets all of them count.

    Raises:
        UsageError: Some are to be dropped, and there are no pairs.
    """
    if duplicates == "keep":
        return slice(None)
    if pair_of is None:
        raise UsageError(
            f"duplicates is {duplicates!r}, and the table has no "
            f"{'user' if table.user is None else 'item'}; expected keep"
        )
    keep, pair = np.ones(len(table), dtype=bool), pair_of(every(len(table)))
    rows = repeated(pair)
    time = np.zeros(len(rows)) if table.time is None else table.time[rows]
    rows = rows[np.lexsort((time, pair[rows]))]  # stable: equal times in file order
    keep[rows] = False
    keep[rows[_ends(pair[rows], last=duplicates == "last")]] = True
    return np.flatnonzero(keep)


def every(n: int) -> Rows:
    """Return all row numbers, in as few bytes as hold them."""
    return np.arange(n, dtype=np.int32 if n < 2**31 else np.int64)


def split_rows(
    table: Table, user: IntArray | None, kept: Rows | slice, args: Mapping[str, Any]
) -> tuple[Rows, Rows, Rows]:
    """Return the rows of training, validation and test, of those that are kept.

    `random` is a permutation of rows, or of groups that stay together; `temporal` cuts all rows by
    time, at shares or at dates, with equal times on one side; `leave-last` tests on the last and
    validates on the last but one row of each user with three, by time or else in the order of the
    file; `given` is what the data says, but for a share of the training rows, the last ones in the
    order of the files, that `valid_share` takes to validate on.

    Raises:
        UsageError: The table has not what the split needs.
    """
    split, ratios, seed = args["split"], args["ratios"], args["split_seed"]
    n = len(table) if isinstance(kept, slice) else len(kept)
    if group := args.get("group"):
        if split != "random":
            raise UsageError(f"group is {group!r}, split {split!r}; expected split 'random'")
        found = _grouped(_group_keys(table, group)[kept], ratios, seed)
    elif split == "random":
        found = _random(n, ratios, seed)
    elif split == "given":
        if table.part is None:
            raise UsageError("split is 'given', and no column or file says which part a row is of")
        found = _given(_with_valid(table.part[kept], args.get("valid_share", 0.0)))
    elif split == "temporal":
        if table.time is None:
            raise UsageError("split is 'temporal', and the table has no time; expected 'random'")
        cuts, time = args.get("dates"), table.time[kept]
        found = _temporal(time, ratios) if cuts is None else _dated(time, cuts)
    elif user is None:
        raise UsageError("split is 'leave-last', and the table has no user; expected 'random'")
    else:
        time = np.arange(n) if table.time is None else table.time[kept]
        found = _leave_last(user[kept], time)
    if isinstance(kept, slice):  # then a row's number is its place among the kept
        return found
    train, valid, test = (kept[rows] for rows in found)
    return train, valid, test


def _group_keys(table: Table, group: str) -> IntArray:
    known = {
        name: column
        for name, column in table.columns.items()
        if isinstance(column, Column) and column.values.ndim == 1
    }
    if group not in known:
        raise UnknownName("group column", group, known)
    return known[group].keys()


def drawn(rows: Rows, share: float, seed: int) -> Rows:
    """Return a share of the rows, in the order of the file; a larger one holds a smaller one."""
    shuffled = np.random.default_rng([seed, 1]).permutation(rows)  # not the stream of the split
    return np.sort(shuffled[: max(1, round(share * len(rows)))])


def _cuts(n: int, ratios: Sequence[float]) -> tuple[int, int]:
    return round(n * ratios[0]), round(n * (ratios[0] + ratios[1]))


def _random(n: int, ratios: Sequence[float], seed: int) -> tuple[Rows, Rows, Rows]:
    first, second = _cuts(n, ratios)
    shuffled = every(n)
    np.random.default_rng(seed).shuffle(shuffled)
    # In file order each: the run's own seed shuffles, and reading in order is faster.
    train, valid, test = shuffled[:first], shuffled[first:second], shuffled[second:]
    for part in (train, valid, test):
        part.sort()
    return train, valid, test


def _grouped(group: IntArray, ratios: Sequence[float], seed: int) -> tuple[Rows, Rows, Rows]:
    """Deal whole groups, dense numbers `[n]`, so that each part has its share of groups."""
    parts = _random(int(group.max()) + 1, ratios, seed)
    part_of = np.zeros(sum(map(len, parts)), dtype=np.uint8)
    for number, groups in enumerate(parts):
        part_of[groups] = number
    return _given(part_of[group])


def _given(part: npt.NDArray[np.uint8]) -> tuple[Rows, Rows, Rows]:
    return np.flatnonzero(part == 0), np.flatnonzero(part == 1), np.flatnonzero(part == 2)


def _with_valid(part: npt.NDArray[np.uint8], share: float) -> npt.NDArray[np.uint8]:
    train = np.flatnonzero(part == 0)
    with_valid = part.copy()
    with_valid[train[len(train) - round(share * len(train)) :]] = 1
    return with_valid


def _dated(time: IntArray, dates: Sequence[str]) -> tuple[Rows, Rows, Rows]:
    """Cut at the beginnings of two days in UTC, those of validation and of test."""
    first, second = np.array(dates, dtype="datetime64[s]").astype(np.int64)
    return _given((time >= first).astype(np.uint8) + (time >= second))


def _temporal(time: IntArray, ratios: Sequence[float]) -> tuple[Rows, Rows, Rows]:
    first, second = (min(cut, len(time) - 1) for cut in _cuts(len(time), ratios))
    ordered = np.partition(time, [first, second])
    # Rows of the very time at which the cut falls go to the later part, all of them.
    late, latest = time >= ordered[first], time >= ordered[second]
    return np.flatnonzero(~late), np.flatnonzero(late & ~latest), np.flatnonzero(latest)


def _leave_last(user: IntArray, time: IntArray) -> tuple[Rows, Rows, Rows]:
    order = np.lexsort((time, user))
    last = np.flatnonzero(_ends(user[order], last=True))
    counts = np.diff(last, prepend=-1)
    last = last[counts >= 3]
    part = np.zeros(len(user), dtype=np.uint8)
    part[order[last - 1]] = 1
    part[order[last]] = 2
    return _given(part)


def _ends(groups: IntArray, *, last: bool) -> npt.NDArray[np.bool_]:
    """Mark the last (or first) row of each run of equal values."""
    changes = groups[1:] != groups[:-1]
    edge = np.ones(min(len(groups), 1), dtype=bool)
    return np.concatenate((changes, edge) if last else (edge, changes))
