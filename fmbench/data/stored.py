"""Stored columns: what files hold, converted once, kept in the cache and mapped into memory.

First chunks of rows are appended to one file a column, each chunk's words numbered on their own,
and a journal notes how far that has come: what a killed process wrote after the last line of the
journal is cut off, and the next one goes on from there. Then the words of all chunks get numbers
that they share, column by column.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from fmbench.data.vocabulary import Vocabulary, merge, write_words
from fmbench.errors import DataError, shown
from fmbench.files import lock_file, sync, write_parts

log = logging.getLogger("fmbench")

Parse = Callable[[Words, int], npt.NDArray[Any]]
"""From a chunk's column to the numbers of its rows; the number of the first row, counted from 0, is
for messages."""

Part = Callable[[At], Iterator[Chunk]]
"""The chunks of one file, from a place on."""

Told = Callable[[int, int, At], None]
"""What is told how many rows have been read, of which file, and where in it the next ones are."""

STEP: Final = 1_000_000
"""Rows, at least, between two lines of the journal: what a killed conversion does again."""

_DONE: Final = "done.json"
_JOURNAL: Final = "journal.jsonl"
_LENGTHS: Final = "chunks"
"""The file of the rows of each chunk, int32."""
_CODE: Final = "<i4"


@dataclass(frozen=True, slots=True)
class Kept:
    """How a column is kept: as words and which of them each row has, or as numbers."""

    name: str
    parse: Parse | None = None
    """None: words."""
    dtype: str = _CODE
    """The type of the rows: int32 for words, else of what `parse` returns."""
    is_whole: bool = False
    """Whether words that are whole numbers with a point, as `7.0`, are those without one."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the journal: what is safely there."""

    rows: int
    file: int
    """How many files are done."""
    at: At
    """Where the next one goes on."""
    ends: list[int]
    """Rows after each file that is done."""
    sizes: list[int]
    """Bytes of each file of the entry."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Columns in the order in which they were asked for."""

    arrays: Mapping[str, npt.NDArray[Any]]
    """Name to `[n]`: int32 places among the words, or numbers."""
    words: Mapping[str, Vocabulary]
    """Name to distinct words in the order of their first row; a hole is the empty word."""
    ends: Sequence[int]
    """The row after the last one of each file."""


def stored(
    root: Path, key: str, columns: Sequence[Kept], files: Sequence[Part], told: Told
) -> Stored:
    """Return the columns of some files, converted unless entry `key` of the cache has them.

    A cache that cannot be written costs time, not the run: a warning says so.

    Raises:
        DataError: There are no rows.
        OSError: Nor can a folder of the system's be written.
    """
    with ExitStack() as stack:
        folder = root / key
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_file(root / f"{key}.lock"))
            found = _converted(folder, columns, files, told)
        except OSError as error:
            log.warning(
                "the cache %s cannot be written (%s); going on without it",
                shown(root),
                error.strerror or error,
            )
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="fmbench-")))
            found = _converted(folder, columns, files, told)
            for words in found.words.values():  # what is mapped stays when the folder goes
                words.load()
        return found


def _converted(folder: Path, columns: Sequence[Kept], files: Sequence[Part], told: Told) -> Stored:
    done = folder / _DONE
    if found := _whole(folder, columns):
        _tidy(folder, columns)
        return found
    if done.exists():  # what was whole once is damaged, and tells nothing to go on from
        for path in [*folder.iterdir()]:
            if path != done:
                path.unlink()
        sync(folder)  # without its mark, what is left of the damaged files would be believed
        done.unlink()
    with _Store(folder, columns) as store:
        _append(store, columns, files, told)
    if not store.line.rows:
        raise DataError("there are no rows; expected some")
    of_words = [i for i, each in enumerate(columns) if each.parse is None]
    with ThreadPoolExecutor(max_workers=2) as threads:
        list(threads.map(lambda i: _number(folder, i), of_words))
    _put(done, [msgspec.json.encode(store.line)])
    _tidy(folder, columns)
    if found := _whole(folder, columns):
        return found
    raise OSError(f"{folder.name} does not read back")


def _put(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Put a file in place once it is on the disk; what a killed process left is written over."""
    write_parts(path, parts, path.with_suffix(".partial"))


def _chunked(columns: Sequence[Kept]) -> list[str]:
    """Name the files whose words are numbered chunk by chunk."""
    of_words = [i for i, each in enumerate(columns) if each.parse is None]
    return [*(f"{i}.{kind}" for kind in ("rows", "words") for i in of_words), _LENGTHS]


def _tidy(folder: Path, columns: Sequence[Kept]) -> None:
    """Remove what only an unfinished entry needs."""
    for name in (*_chunked(columns), _JOURNAL):
        (folder / name).unlink(missing_ok=True)


def _whole(folder: Path, columns: Sequence[Kept]) -> Stored | None:
    """Return an entry that is finished and has all of its rows and words, else None."""
    arrays, words = {}, {}
    try:
        line = msgspec.json.decode((folder / _DONE).read_bytes(), type=_Line)
        for i, each in enumerate(columns):
            path = folder / f"{i}.{'codes' if each.parse is None else 'rows'}"
            arrays[each.name] = np.memmap(path, each.dtype, "c", shape=(line.rows,))
            if each.parse is None:
                words[each.name] = Vocabulary(folder / f"{i}.vocabulary")
    except (OSError, ValueError):  # a file is gone, is no JSON or is shorter than its rows
        return None
    return Stored(arrays, words, line.ends)


def _append(store: "_Store", columns: Sequence[Kept], files: Sequence[Part], told: Told) -> None:
    """Append the rows that the journal does not know yet."""
    line = store.line
    rows, noted, ends = line.rows, line.rows, list(line.ends)
    for number in range(line.file, len(files)):
        at = line.at if number == line.file else START
        for chunk in files[number](at):
            store.add(chunk, columns, rows)
            rows, at = rows + len(chunk), chunk.at
            told(rows, number, at)
            if rows - noted >= STEP:
                store.note(_Line(rows, number, at, ends, []))
                noted = rows
        ends = [*ends, rows]
        store.note(_Line(rows, number + 1, START, ends, []))


def _number(folder: Path, i: int) -> None:
    """Give the words of a column numbers that all chunks share, unless that is done."""
    codes = folder / f"{i}.codes"
    if codes.exists():
        return
    has_holes = any((local == HOLE).any() for local in _chunks(folder, i))
    shared = merge(folder / f"{i}.words", folder / f"{i}.vocabulary", has_holes)
    pairs = zip(_chunks(folder, i), shared, strict=True)
    _put(codes, (numbers[local].data for local, numbers in pairs))


def _chunks(folder: Path, i: int) -> Iterator[npt.NDArray[np.int32]]:
    """Yield the rows of a column of words as they were appended."""
    with (folder / f"{i}.rows").open("rb") as file:
        for length in np.fromfile(folder / _LENGTHS, "<i4").tolist():
            yield np.fromfile(file, _CODE, length)


class _Store:
    """The files of an entry that rows are appended to, and the journal of what is safe."""

    def __init__(self, folder: Path, columns: Sequence[Kept]) -> None:
        self._folder = folder
        of_words = [i for i, each in enumerate(columns) if each.parse is None]
        self._rows = [f"{i}.rows" for i in range(len(columns))]
        self._words = {i: f"{i}.words" for i in of_words}

    def __enter__(self) -> "_Store":
        names = [*self._rows, *self._words.values(), _LENGTHS]
        for name in (*names, _JOURNAL):
            (self._folder / name).touch()
        self.line = self._last_line([(self._folder / name).stat().st_size for name in names])
        with ExitStack() as stack:
            self._files: dict[str, BinaryIO] = {}
            for name, size in zip(names, self.line.sizes, strict=True):
                file = stack.enter_context((self._folder / name).open("r+b", buffering=1 << 18))
                file.truncate(size)
                file.seek(size)
                self._files[name] = file
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _last_line(self, found: Sequence[int]) -> _Line:
        """Return the journal's last line that is true of files of these sizes; cut it there."""
        last, end = _Line(0, 0, START, [], [0] * len(found)), 0
        with (self._folder / _JOURNAL).open("r+b") as journal:
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

    def add(self, chunk: Chunk, columns: Sequence[Kept], row: int) -> None:
        """Append a chunk's rows, the first of which is this one of all."""
        for i, kept in enumerate(columns):
            words = chunk.columns[kept.name]
            if kept.is_whole:
                words = words.whole()
            if kept.parse is None:
                write_words(self._files[self._words[i]], words)
                rows = words.codes
            else:
                rows = kept.parse(words, row).astype(kept.dtype)
            self._files[self._rows[i]].write(np.ascontiguousarray(rows).data)
        self._files[_LENGTHS].write(np.array(len(chunk), "<i4").tobytes())

    def note(self, line: _Line) -> None:
        """Say in the journal what is there, once it has reached the disk."""
        for each in self._files.values():
            each.flush()
            os.fsync(each.fileno())
        sizes = [each.tell() for each in self._files.values()]
        self.line = msgspec.structs.replace(line, sizes=sizes)
        with (self._folder / _JOURNAL).open("ab") as journal:
            journal.write(msgspec.json.encode(self.line) + b"\n")
            journal.flush()
            os.fsync(journal.fileno())
