"""Vocabularies: the distinct words of a column in a file, and how those of chunks become one.

Words stand there as Arrow lays them out: how many, how many bytes, where each one begins, and all
of them in UTF-8 without anything between.
"""

import importlib.util
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from fmbench.data.readers.words import Words
from fmbench.files import write_parts

Numbers = npt.NDArray[np.int32]

AT_ONCE: Final = 1 << 21
"""Words of chunks that are numbered at once."""

_Layout = tuple[npt.NDArray[np.int32], bytes | memoryview]
"""Where each word begins and the last one ends, and the bytes."""


class Vocabulary(Sequence[str]):
    """The words in a file; they are read when they are asked for, as most never are.

    Raises:
        OSError: The file is not there.
        ValueError: It is cut short.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._words: list[str] | None = None
        with path.open("rb") as file:
            n, size = np.fromfile(file, "<i4", 2).tolist()
        if path.stat().st_size != 8 + 4 * (n + 1) + size:
            raise ValueError(f"{path.name} is cut short")
        self._n: int = n

    def load(self) -> list[str]:
        """Return all words."""
        if self._words is None:
            with self._path.open("rb") as file:
                self._words = [word for layout in _layouts(file) for word in _listed(layout)]
        return self._words

    def __getitem__(self, i: Any) -> Any:
        return self.load()[i]

    def __len__(self) -> int:
        return self._n


def write_words(file: BinaryIO, words: Words) -> None:
    """Append the distinct words of a chunk to a file."""
    for part in _parts(_laid_out(words.held)):
        file.write(part)


def merge(path: Path, vocabulary: Path, has_holes: bool) -> Iterator[Numbers]:
    """Yield the numbers of each chunk's words among those of all; these are on disk at the end.

    Words stand in the order of their first chunk, behind the empty one if there are holes. The last
    number of a chunk is that of a hole, so that a code of -1 finds it.
    """
    unify = _by_arrow if importlib.util.find_spec("pyarrow") else _by_python
    words: Any = [""] if has_holes else []
    hole = np.zeros(1, np.int32)
    with path.open("rb") as file:
        for group in _groups(_layouts(file)):
            words, numbers = unify(words, group)
            yield from (np.concatenate((each, hole)) for each in numbers)
    layout = _laid_out(list(words) if isinstance(words, dict) else words)
    write_parts(vocabulary, _parts(layout), vocabulary.with_name(f"{vocabulary.name}.partial"))


def _groups(layouts: Iterator[_Layout]) -> Iterator[list[_Layout]]:
    """Take as many chunks at a time as have some million words."""
    group: list[_Layout] = []
    count = 0
    for layout in layouts:
        group.append(layout)
        count += len(layout[0])
        if count > AT_ONCE:
            yield group
            group, count = [], 0
    yield group


def _by_arrow(words: Any, layouts: Sequence[_Layout]) -> tuple[Any, list[Numbers]]:
    """Return the words with those of some chunks behind them, and the numbers of the latter."""
    import pyarrow as pa

    arrays = [
        pa.array(words, pa.string()) if isinstance(words, list) else words,
        *(
            pa.StringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(data))
            for starts, data in layouts
        ),
    ]
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array(np.arange(len(each), dtype=np.int32)), each)
        for each in arrays
    ]
    unified = pa.chunked_array(chunks).unify_dictionaries().chunks
    return unified[0].dictionary, [each.indices.to_numpy() for each in unified[1:]]


def _by_python(words: Any, layouts: Sequence[_Layout]) -> tuple[Any, list[Numbers]]:
    """Do the same without pyarrow; the words are the keys of a dictionary to their numbers."""
    known: dict[str, int] = words if isinstance(words, dict) else dict.fromkeys(words, 0)
    return known, [
        np.array([known.setdefault(word, len(known)) for word in _listed(layout)], np.int32)
        for layout in layouts
    ]


def _laid_out(words: Any) -> _Layout:
    """Lay out a list of text, or an array of Arrow's, which is laid out already."""
    if isinstance(words, list):
        encoded = [word.encode() for word in words]
        starts = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
        return starts, b"".join(encoded)
    _, starts, data = words.buffers()
    begins = np.frombuffer(starts, np.int32)[words.offset : words.offset + len(words) + 1]
    return begins - begins[0], memoryview(data or b"")[begins[0] : begins[-1]]


def _parts(layout: _Layout) -> Iterator[bytes | memoryview]:
    starts, data = layout
    yield np.array([len(starts) - 1, len(data)], "<i4").tobytes()
    yield np.ascontiguousarray(starts).data
    yield data


def _layouts(file: BinaryIO) -> Iterator[_Layout]:
    """Yield what was written, chunk by chunk."""
    while head := file.read(8):
        n, size = np.frombuffer(head, "<i4").tolist()
        yield np.frombuffer(file.read(4 * (n + 1)), "<i4"), file.read(size)


def _listed(layout: _Layout) -> Iterator[str]:
    starts, data = layout
    places = starts.tolist()
    return (bytes(data[a:b]).decode() for a, b in pairwise(places))
