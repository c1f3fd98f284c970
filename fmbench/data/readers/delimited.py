"""Delimited text to columns: pyarrow or pandas parses it, and what they would misread is refused.

Text is cut into blocks of whole records here. A block that is not plainly right is read by the
slow, exact way, which names the first fault.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fmbench.data.readers import cells, engines, records
from fmbench.data.readers.engines import Engine
from fmbench.data.readers.lines import fault
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.words import START, At, Chunk, Words

_SPARE = bytes(i for i in range(1, 32) if i not in b"\t\n\r")


def read(
    path: Path,
    reading: Reading,
    at: At = START,
    *,
    size: int = records.BLOCK,
    engine: Engine | None = None,
) -> Iterator[Chunk]:
    """Yield the rows of a file from a place on; each chunk holds some `size` bytes of text.

    Every value is text as it stands in the file, quotes taken off; an empty one is a hole, and so
    is an empty line in the middle of a file of one column. Empty lines at the end are no rows.
    pyarrow parses if it is installed, else pandas, unless `engine` is given.

    Raises:
        DataError: A record is of another width, has quotes that are not as RFC 4180 has them, a
            NUL, bytes that are not of the encoding, or more than 1 MiB; or the file is no text.
        EnvironmentFault: The disk fails.
    """
    yield from _ahead(_chunks(path, reading, at, size, engine or engines.best()))


def _chunks(path: Path, reading: Reading, at: At, size: int, engine: Engine) -> Iterator[Chunk]:
    named = not reading.header or at != START
    for block in records.blocks(path, reading, at, size):
        data, (offset, line) = block.data, block.at
        if not named:
            header = next(cells.records(data, quotes=reading.quotes))
            data = data[len(header) :]
            offset, line = offset + len(header), line + header.count(b"\n")
            named = True
        if data:
            columns = _columns(path, data, (offset, line), reading, engine)
            yield Chunk(dict(zip(reading.columns, columns, strict=True)), block.end)


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks, of which the next one is made while one is used."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while chunk := coming.result():
            coming = thread.submit(next, chunks, None)
            yield chunk


def _columns(path: Path, data: bytes, at: At, reading: Reading, engine: Engine) -> list[Words]:
    """Return the columns of whole records of a file, the first of which is at a place."""
    try:
        text = data if data.isascii() else data.decode(reading.encoding).encode()
        delimiter = reading.delimiter
        if len(delimiter.encode()) > 1:
            delimiter = chr(next(byte for byte in _SPARE if byte not in text))
            text = text.replace(reading.delimiter.encode(), delimiter.encode())
        quotes = reading.quotes and b'"' in text  # an engine is faster without
        if records.is_plain(text, len(reading.columns), delimiter, quotes=quotes):
            return engine(text, len(reading.columns), delimiter, quotes=quotes)
        reason = "quotes or lines are not as they should be"
    except (UnicodeDecodeError, StopIteration, engines.Unreadable) as error:
        reason = str(error)
    cells.refuse_faults(path, data, *at, reading)
    raise fault(path, at[1], f"the records from here on cannot be parsed: {reason}")
