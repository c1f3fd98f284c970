"""Parquet to columns, by pyarrow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.data.readers.blocks import open_regular
from fmbench.data.readers.lines import quoted
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.values import Untold, joined, text
from fmbench.data.readers.words import HOLE, START, At, Chunk, Words
from fmbench.errors import DataError, EnvironmentFault, shown

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet as pq

ROWS = 200_000
"""Rows of a chunk, at most; a row group's last one may be shorter."""


def look(path: Path, columns: Sequence[str] | None = None) -> Reading:
    """Return how a file is read; `columns` are names that stand in for its own.

    Raises:
        DataError: It is damaged, or a column holds what has no text; or pyarrow is not installed.
    """
    with _opened(path) as file:
        schema = file.schema_arrow
        for field in schema:
            _refuse_kind(path, field.name, field.type)
        names = list(columns or schema.names)
        if len(names) != len(schema.names):
            raise DataError(
                f"{shown(path)}: {len(schema.names)} columns; expected {len(names)}, as was said"
            )
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise DataError(
                f"{shown(path)}: column {quoted(twice)} is there twice; expected each name once",
                "--set data.columns=… gives other names",
            )
        if not file.metadata.num_rows:
            raise DataError(f"{shown(path)}: 0 rows; expected some")
    return Reading(format="parquet", columns=names)


def read(path: Path, reading: Reading, at: At = START, *, rows: int = ROWS) -> Iterator[Chunk]:
    """Yield the rows of a file from a row on, some `rows` at a time; values are text.

    Raises:
        DataError: It is damaged, or a column holds what has no text; or pyarrow is not installed.
    """
    row = at[0]
    with _opened(path) as file:
        if len(file.schema_arrow) != len(reading.columns):
            found, expected = len(file.schema_arrow), len(reading.columns)
            raise DataError(f"{shown(path)}: {found} columns; expected {expected}, as was found")
        groups, skipped = _from_row(file, row)
        for batch in file.iter_batches(rows, row_groups=groups):
            if skipped >= len(batch):
                skipped -= len(batch)
                continue
            columns = [column[skipped:] for column in batch.columns]
            row += len(batch) - skipped
            skipped = 0
            yield Chunk(
                {
                    name: _column(path, name, column)
                    for name, column in zip(reading.columns, columns, strict=True)
                },
                (row, row + 1),
            )


@contextmanager
def _opened(path: Path) -> Iterator["pq.ParquetFile"]:
    """Open a file; what pyarrow raises of damaged data becomes a DataError.

    Raises:
        DataError: It cannot be read, or pyarrow is not installed.
        EnvironmentFault: The disk fails.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet as pq
    except ImportError:
        raise DataError(
            f"{shown(path)}: is Parquet, and pyarrow is not installed",
            "pip install 'fmbench[formats]'",
        ) from None
    with open_regular(path) as file:
        try:
            yield pq.ParquetFile(file)
        except (pa.ArrowException, OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno:
                raise EnvironmentFault(f"{shown(path)}: reading fails: {error.strerror}") from None
            reason = quoted(str(error).partition("\n")[0])
            raise DataError(f"{shown(path)}: cannot be read as Parquet: {reason}") from None


def _from_row(file: "pq.ParquetFile", row: int) -> tuple[list[int], int]:
    """Return the row groups from the one that holds a row on, and how many rows it has before."""
    count = file.metadata.num_row_groups
    for group in range(count):
        length = file.metadata.row_group(group).num_rows
        if row < length:
            return list(range(group, count)), row
        row -= length
    return [], 0


def _refuse_kind(path: Path, name: str, kind: "pa.DataType") -> None:
    import pyarrow as pa
    from pyarrow import types

    inner = kind.value_type if _is_list(kind) else kind
    if (
        types.is_nested(inner)
        or types.is_duration(inner)
        or types.is_interval(inner)
        or isinstance(inner, pa.BaseExtensionType)
    ):
        raise DataError(
            f"{shown(path)}: column {quoted(name)} is of type {kind}; expected numbers, text, times"
            " or lists of them",
            "write what it holds as columns of their own, or leave it out",
        )


def _is_list(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return bool(
        types.is_list(kind)
        or types.is_large_list(kind)
        or types.is_fixed_size_list(kind)
        or types.is_list_view(kind)
        or types.is_large_list_view(kind)
    )


def _column(path: Path, name: str, array: "pa.Array") -> Words:
    try:
        return _words(array)
    except (Untold, OverflowError) as error:
        what = f"column {quoted(name)} holds {error}"
        raise DataError(f"{shown(path)}: {what}; expected numbers, text or times") from None


def _words(array: "pa.Array") -> Words:
    import pyarrow as pa
    from pyarrow import types

    if _is_list(array.type):
        return _lists(array)
    if types.is_string_view(array.type) or types.is_binary_view(array.type):
        array = array.cast(pa.large_binary()).cast(pa.large_string())
    if not types.is_dictionary(array.type):
        try:
            array = array.dictionary_encode()
        except pa.ArrowNotImplementedError:  # a type that arrow cannot encode
            return Words.of(_texts(array))
    codes = array.indices.fill_null(HOLE).to_numpy(zero_copy_only=False).astype("int32")
    return Words.coded(_texts(array.dictionary), codes)


def _lists(array: "pa.Array") -> Words:
    from pyarrow import compute

    flat = _words(array.flatten())
    texts = [*flat.texts, None]
    lengths = compute.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    ends = lengths.cumsum()
    rows = zip((ends - lengths).tolist(), ends.tolist(), strict=True)
    codes = flat.codes.tolist()
    return Words.of(joined(texts[code] for code in codes[start:end]) for start, end in rows)


def _texts(values: "pa.Array") -> list[str | None]:
    """Return the texts of some values; numbers of 32 bits have no more digits than they need."""
    from pyarrow import types

    if types.is_float32(values.type) or types.is_float16(values.type):
        nan = values.fill_null(float("nan")) if values.null_count else values
        return [text(value) for value in nan.to_numpy(zero_copy_only=False)]
    return [text(value) for value in values.to_pylist()]
