"""Plain records to columns by pyarrow or pandas; both give the same, to the last cell.

Each is handed records that are checked: all of one width, quotes as RFC 4180 has them, UTF-8. They
get a line of names of our own before them, so that neither takes a byte order mark off a cell.
"""

import csv
import importlib.util
import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from fmbench.data.readers.records import has_width
from fmbench.data.readers.words import Words

if TYPE_CHECKING:
    import pyarrow as pa


Engine = Callable[..., list[Words]]
"""What takes a block, its width, its delimiter of one byte, and whether quotes are heeded."""


class Unreadable(ValueError):
    """The records are not as they were said to be."""


def best() -> Engine:
    """Return the engine of pyarrow if it is installed, which is the faster one."""
    return by_arrow if importlib.util.find_spec("pyarrow") else by_pandas


def by_arrow(data: bytes, width: int, delimiter: str, *, quotes: bool) -> list[Words]:
    """Return the columns of a block; one thread a column.

    Raises:
        Unreadable: A record is of another width.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [str(i) for i in range(width)]
    text = pa.dictionary(pa.int32(), pa.string())
    whole = _below_names(data, names, delimiter)
    try:
        table = arrow.read_csv(
            pa.BufferReader(whole),
            read_options=arrow.ReadOptions(block_size=len(whole) + 1),
            parse_options=arrow.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if quotes else False,
                double_quote=quotes,
                newlines_in_values=quotes,
                ignore_empty_lines=False,
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, text), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid as error:
        raise Unreadable(str(error)) from None
    return [_words(column) for column in table.columns]


def by_pandas(data: bytes, width: int, delimiter: str, *, quotes: bool) -> list[Words]:
    """Return the columns of a block.

    Raises:
        Unreadable: A record is of another width, which pandas would fill up.
    """
    import pandas as pd

    if not has_width(data, width, delimiter, quotes=quotes):
        raise Unreadable("a record is of another width")

    names = [str(i) for i in range(width)]
    frame = pd.read_csv(
        io.BytesIO(_below_names(data, names, delimiter)),
        sep=delimiter,
        engine="c",
        dtype=object,
        index_col=False,
        keep_default_na=False,
        na_values=[""],
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        skip_blank_lines=False,
        low_memory=False,
    )
    columns = (pd.factorize(frame[name]) for name in names)
    return [Words(texts.tolist(), codes.astype("int32")) for codes, texts in columns]


def _below_names(data: bytes, names: list[str], delimiter: str) -> bytes:
    return b"".join((delimiter.join(names).encode(), b"\n", data))


def _words(column: "pa.ChunkedArray") -> Words:
    array = column.combine_chunks()
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Words(array.dictionary, codes)
