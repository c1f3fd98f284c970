"""Stored columns: what files hold, converted once, kept in the cache and mapped into memory.

A conversion appends to one file a column and notes in a journal how far it has come, so that one
that was killed goes on where it was: what lies beyond the last line of the journal is cut off.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from operator import gt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np
import numpy.typing as npt

from fmbench.data.readers.words import HOLE, START, At, Chunk, Words
from fmbench.errors import shown
from fmbench.files import lock_file

log = logging.getLogger("fmbench")

Parse = Callable[[Sequence[str], Words, int], npt.NDArray[Any]]
"""From distinct texts to numbers; the words they are of and the number of their first row, counted
from 0, are for messages."""

STEP: Final = 1_000_000
"""Rows, at least, between two lines of the journal: what a killed conversion does again."""

_JOURNAL: Final = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Kept:
    """How a column is kept: as words and which of them each row has, or as numbers."""

    name: str
    parse: Parse | None = None
    """None: words."""
    dtype: str = "<i4"
    """`<i4` for words; the type of what `parse` returns."""


Part = Callable[[At], Iterator[Chunk]]
"""The chunks of one file, from a place on."""

Told = Callable[[int, int, At], None]
"""What is told how many rows have been read, of which file, and where in it the next ones are."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the journal: what is safely there."""

    rows: int
    file: int
    """How many files are done."""
    at: At
    """Where the next one goes on."""
    sizes: list[int]
    """Bytes of each column's file, then of each one's words."""
    ends: list[int]
    """Rows after each file that is done."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Columns in the order in which they were asked for."""

    arrays: Mapping[str, npt.NDArray[Any]]
    """Name to `[n]`: int32 places among the words, or numbers."""
    words: Mapping[str, "Vocabulary"]
    """Name to distinct words in the order of their first row; a hole is the empty word."""
    ends: Sequence[int]
    """The row after the last one of each file."""


def stored(
    root: Path, key: str, columns: Sequence[Kept], files: Sequence[Part], told: Told
) -> Stored:
    """Return the columns of some files, converted unless entry `key` of the cache has them.

    A cache that cannot be written costs time, not the run: a warning says so.

    Raises:
        OSError: Nor can a folder of the system's be written.
    """
    with ExitStack() as stack:
        try:
            folder = root / key
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_file(root / f"{key}.lock"))
            store = stack.enter_context(_Store(folder, len(columns)))
        except OSError as error:
            why = error.strerror or error
            log.warning(
                "the cache %s cannot be written (%s); going on without it", shown(root), why
            )
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="fmbench-")))
            store = stack.enter_context(_Store(folder, len(columns)))
        _convert(store, columns, files, told)
        found = store.result(columns)
        if folder.parent != root:  # it goes: what is mapped stays, words do not
            for words in found.words.values():
                words.load()
        return found


def _convert(store: "_Store", columns: Sequence[Kept], files: Sequence[Part], told: Told) -> None:
    """Append what the journal does not know yet."""
    line = store.line
    if line.file == len(files):
        return
    known = [{word: i for i, word in enumerate(_listed(file))} for file in store.words]
    for each in (*store.rows, *store.words):
        each.seek(0, os.SEEK_END)
    rows, noted, ends = line.rows, line.rows, list(line.ends)
    for number in range(line.file, len(files)):
        at = line.at if number == line.file else START
        for chunk in files[number](at):
            for i, kept in enumerate(columns):
                words = chunk.columns[kept.name]
                if kept.parse is None:
                    _append(store.rows[i], store.words[i], words, known[i])
                else:
                    store.rows[i].write(_parsed(kept, words, rows).data)
            rows, at = rows + len(chunk), chunk.at
            told(rows, number, at)
            if rows - noted >= STEP:
                store.note(_Line(rows, number, at, [], ends))
                noted = rows
        ends = [*ends, rows]
        store.note(_Line(rows, number + 1, START, [], ends))


def _parsed(kept: Kept, words: Words, row: int) -> npt.NDArray[Any]:
    """Return a chunk's rows of a column of numbers; it begins at this row of all."""
    assert kept.parse is not None
    values = kept.parse([*words.texts, ""], words, row)  # a hole's code is -1: the last one
    return np.ascontiguousarray(values[words.codes].astype(kept.dtype))


def _append(rows: BinaryIO, added: BinaryIO, words: Words, known: dict[str, int]) -> None:
    """Append a chunk's rows of a column of words; `known` grows by those that are new."""
    texts = list(words.texts)
    if (words.codes == HOLE).any():
        texts.append("")
    before = len(known)
    place = np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int32)
    if len(known) > before:
        new = [text for text, i in zip(texts, place.tolist(), strict=True) if i >= before]
        added.write(msgspec.json.encode(new) + b"\n")
    rows.write(place[words.codes].data)


class Vocabulary(Sequence[str]):
    """Words in a file, a list a line; read when they are asked for, as most never are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._words: list[str] | None = None

    def load(self) -> list[str]:
        """Return all words."""
        if self._words is None:
            with self._path.open("rb") as file:
                self._words = list(_listed(file))
        return self._words

    def __getitem__(self, i: Any) -> Any:
        return self.load()[i]

    def __len__(self) -> int:
        return len(self.load())


def _listed(file: BinaryIO) -> Iterator[str]:
    for line in file:
        yield from msgspec.json.decode(line, type=list[str])


class _Store:
    """The files of an entry: rows and words of each column, and a journal of what is safe."""

    def __init__(self, folder: Path, columns: int) -> None:
        self._folder, self._columns = folder, columns

    def __enter__(self) -> "_Store":
        self._stack = ExitStack()
        paths = [
            self._folder / f"{i}.{kind}" for kind in ("rows", "words") for i in range(self._columns)
        ]
        for path in paths:
            path.touch()
        self.line = self._last_line([path.stat().st_size for path in paths])
        files = [self._open(*each) for each in zip(paths, self.line.sizes, strict=True)]
        self.rows, self.words = files[: self._columns], files[self._columns :]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _last_line(self, found: Sequence[int]) -> _Line:
        """Return the journal's last line that is true of files of these sizes; cut it there."""
        path, end = self._folder / _JOURNAL, 0
        last = _Line(0, 0, START, [0] * len(found), [])
        path.touch()
        with path.open("r+b") as journal:
            for raw in journal:
                try:
                    line = msgspec.json.decode(raw, type=_Line)
                except msgspec.DecodeError:
                    break
                if not raw.endswith(b"\n") or any(map(gt, line.sizes, found)):
                    break
                last, end = line, end + len(raw)
            journal.truncate(end)
        return last

    def _open(self, path: Path, size: int) -> BinaryIO:
        """Open a file for reading what is safe and appending behind it."""
        file: BinaryIO = self._stack.enter_context(path.open("r+b", buffering=1 << 20))
        file.truncate(size)
        return file

    def note(self, line: _Line) -> None:
        """Say in the journal what is there, once it has reached the disk."""
        for each in (*self.rows, *self.words):
            each.flush()
            os.fsync(each.fileno())
        self.line = msgspec.structs.replace(
            line, sizes=[each.tell() for each in (*self.rows, *self.words)]
        )
        with (self._folder / _JOURNAL).open("ab") as journal:
            journal.write(msgspec.json.encode(self.line) + b"\n")
            journal.flush()
            os.fsync(journal.fileno())

    def result(self, columns: Sequence[Kept]) -> Stored:
        """Return what was stored."""
        arrays, words = {}, {}
        for i, each in enumerate(columns):
            path = self._folder / f"{i}.rows"
            arrays[each.name] = np.memmap(path, each.dtype, "c", shape=(self.line.rows,))
            if each.parse is None:
                words[each.name] = Vocabulary(self._folder / f"{i}.words")
        return Stored(arrays, words, self.line.ends)
