"""The door of the readers: any table in a file to chunks of rows, whatever its format."""

from collections.abc import Callable, Iterator
from pathlib import Path

from fmbench.data.readers import delimited, libsvm, parquet
from fmbench.data.readers.look import look
from fmbench.data.readers.reading import Format, Reading
from fmbench.data.readers.words import START, At, Chunk

__all__ = ["look", "read"]

_READERS: dict[Format, Callable[[Path, Reading, At], Iterator[Chunk]]] = {
    "delimited": delimited.read,
    "parquet": parquet.read,
    "libsvm": libsvm.read,
    "libffm": libsvm.read,
}


def read(path: Path, reading: Reading, at: At = START) -> Iterator[Chunk]:
    """Yield the rows of a file, from its beginning or from where a chunk says the next one begins.

    Raises:
        DataError: The file is not as `reading` says; where it is text, the message names the line.
        EnvironmentFault: The disk fails.
    """
    return _READERS[reading.format](path, reading, at)
