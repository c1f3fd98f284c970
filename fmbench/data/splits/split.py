"""Splits and duplicates: which rows count, and which part each of them is in."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from fmbench.data.table import IntArray

Rows = npt.NDArray[np.int64]
"""Row numbers in ascending order."""

CHUNK = 1 << 18


def chunks(rows: Rows) -> Iterator[Rows]:
    """Cut row numbers into pieces, so that what is gathered by them needs little memory."""
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def repeated(pair: IntArray) -> Rows:
    """Return the rows whose pair some other row has as well; `pair` is `[n]`."""
    ordered = np.sort(pair)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.empty(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(twice, pair), len(twice) - 1)
    return np.flatnonzero(twice[place] == pair)


def kept_rows(pair: IntArray, time: IntArray, duplicates: str) -> Rows:
    """Return the rows that count where a pair is rated more than once.

    `last` is the rating with the latest time, among equal times the last in the file; `first` is
    the mirror image; `keep` lets all of them count.
    """
    keep = np.ones(len(pair), dtype=bool)
    if duplicates != "keep":
        rows = repeated(pair)
        rows = rows[np.lexsort((time[rows], pair[rows]))]  # stable: equal times in file order
        keep[rows] = False
        keep[rows[_ends(pair[rows], last=duplicates == "last")]] = True
    return np.flatnonzero(keep)


def split_rows(
    split: str, ratios: Sequence[float], seed: int, *, user: IntArray, time: IntArray
) -> tuple[Rows, Rows, Rows]:
    """Return the rows of training, validation and test; `user` and `time` are `[n]`.

    `random` is a permutation, `temporal` cuts all rows by time with equal times on one side, and
    `leave-last` tests on the last and validates on the last but one row of each user with three.
    """
    if split == "random":
        return _random(len(user), ratios, seed)
    if split == "temporal":
        return _temporal(time, ratios)
    return _leave_last(user, time)


def drawn(rows: Rows, share: float, seed: int) -> Rows:
    """Return a share of the rows, in the order of the file; a larger one holds a smaller one."""
    shuffled = np.random.default_rng([seed, 1]).permutation(rows)  # not the stream of the split
    return np.sort(shuffled[: max(1, round(share * len(rows)))])


def _cuts(n: int, ratios: Sequence[float]) -> tuple[int, int]:
    return round(n * ratios[0]), round(n * (ratios[0] + ratios[1]))


def _random(n: int, ratios: Sequence[float], seed: int) -> tuple[Rows, Rows, Rows]:
    first, second = _cuts(n, ratios)
    shuffled = np.random.default_rng(seed).permutation(n)
    # In file order each: the run's own seed shuffles, and reading in order is faster.
    train, valid, test = np.split(shuffled, [first, second])
    return np.sort(train), np.sort(valid), np.sort(test)


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
    return np.flatnonzero(part == 0), np.flatnonzero(part == 1), np.flatnonzero(part == 2)


def _ends(groups: IntArray, *, last: bool) -> npt.NDArray[np.bool_]:
    """Mark the last (or first) row of each run of equal values."""
    changes = groups[1:] != groups[:-1]
    edge = np.ones(min(len(groups), 1), dtype=bool)
    return np.concatenate((changes, edge) if last else (edge, changes))
