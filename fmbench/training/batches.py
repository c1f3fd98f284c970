"""Rows of a split as tensors on the device they are trained on, in memory or a window at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from fmbench.data import Split

WINDOW = 1 << 22
"""Rows that are held in memory; a split of more stays on disk."""

BLOCK = 1 << 12
"""Neighbouring rows that are read together where rows are read in random order."""

PART = 1 << 18
"""Rows that are read together where they are read in the order of the file."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Encoded rows, resident in memory so that a batch is one gather."""

    ids: Tensor
    """`(rows, columns)`, int64."""
    labels: Tensor
    """`(rows,)`, float32, 0 or 1."""

    @staticmethod
    def of(split: Split, device: torch.device) -> "Rows":
        """Copy a split to the device."""
        ids = torch.from_numpy(np.array(split.ids, dtype=np.int64))
        labels = torch.from_numpy(np.array(split.labels, dtype=np.float32))
        return Rows(ids.to(device), labels.to(device))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def device(self) -> torch.device:
        """The device that batches are on."""
        return self.labels.device

    def head(self, n: int) -> Tensor:
        """Return the ids of the first `n` rows."""
        return self.ids[:n]

    def parts(self) -> Iterator["Rows"]:
        """Go through all rows in the order of the file, by parts that fit into memory."""
        yield self

    def shuffled(self, batch: int, generator: torch.Generator) -> Iterator["Window"]:
        """Go through all rows in random order."""
        yield Window(self, torch.randperm(len(self), generator=generator))


class Window(NamedTuple):
    """Rows in memory, and the order in which they are trained on."""

    rows: Rows
    order: Tensor
    """`(rows,)`, int64, on the CPU."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Encoded rows that stay in their files: however many there are, one window is in memory.

    A pass reads blocks of `BLOCK` neighbouring rows in random order, as many as fill a window, and
    shuffles the window's rows: a shuffle buffer over shuffled blocks. Rows that are far apart in
    the file meet in a batch, while rows of one block stay within a window or two.
    """

    split: Split
    device: torch.device
    """The device that batches go to."""

    def __len__(self) -> int:
        return len(self.split)

    def head(self, n: int) -> Tensor:
        """Return the ids of the first `n` rows."""
        return self._read([slice(n)], self._room(n)).ids

    def parts(self) -> Iterator[Rows]:
        """Go through all rows in the order of the file; a part is valid until the next is taken."""
        room = self._room(PART)
        for start in range(0, len(self), PART):
            yield self._read([slice(start, start + PART)], room)

    def shuffled(self, batch: int, generator: torch.Generator) -> Iterator[Window]:
        """Go through all rows in random order; a window is valid until the next is taken.

        All windows but the last are of whole batches.
        """
        size = max(WINDOW // batch, 1) * batch
        room = self._room(size)
        for pieces in _windows(len(self), size, generator):
            rows = self._read(pieces, room)
            yield Window(rows, torch.randperm(len(rows), generator=generator))

    def _room(self, n: int) -> Rows:
        """Make room for `n` rows, to be used again and again."""
        columns = self.split.ids.shape[1]
        return Rows(torch.empty((n, columns), dtype=torch.int64), torch.empty(n))

    def _read(self, pieces: list[slice], room: Rows) -> Rows:
        """Copy pieces of the split into the room, and from there to the device."""
        stop = 0
        for piece in pieces:
            ids, labels = self.split.ids[piece], self.split.labels[piece]
            start, stop = stop, stop + len(ids)
            room.ids[start:stop] = torch.from_numpy(ids)
            room.labels[start:stop] = torch.from_numpy(labels)
            self.split.release()  # a page read brings its neighbours, which add up
        return Rows(room.ids[:stop].to(self.device), room.labels[:stop].to(self.device))


Source = Rows | Stored


def rows_of(split: Split, device: torch.device) -> Source:
    """Return a split's rows: in memory if they fit into a window, else as they are stored."""
    return Rows.of(split, device) if len(split) <= WINDOW else Stored(split, device)


def _windows(n: int, size: int, generator: torch.Generator) -> Iterator[list[slice]]:
    """Cut `n` rows into blocks, shuffle these, and cut the sequence into windows of `size` rows."""
    pieces: list[slice] = []
    room = size
    for block in torch.randperm(-(-n // BLOCK), generator=generator).tolist():
        start, stop = block * BLOCK, min(block * BLOCK + BLOCK, n)
        while start < stop:
            piece = slice(start, min(stop, start + room))
            pieces.append(piece)
            room -= piece.stop - piece.start
            start = piece.stop
            if not room:
                yield pieces
                pieces, room = [], size
    if pieces:
        yield pieces
